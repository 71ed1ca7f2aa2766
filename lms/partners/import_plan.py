"""What a participants' list would do, line by line: pure, over what the register holds already."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from lms.kernel.errors import Fault
from lms.kernel.i18n import sort_key
from lms.kernel.ids import new_id
from lms.partners.domain.register import COUNTRIES, SECTORS, Participation, PartnerKind, key_for
from lms.people.imports import cells
from lms.people.imports.domain import Outcome, Refused, Result
from lms.people.imports.reading import Record
from lms.people.imports.rows import parse_cells

PARSERS: dict[str, cells.Parser] = {
    "key": cells.key,
    "name": cells.words(200),
    "kind": cells.one_of(tuple(kind.value for kind in PartnerKind)),
    "sector": cells.one_of(SECTORS),
    "country": cells.one_of(sorted(COUNTRIES)),
    "parent": cells.key,
    "website": cells.web_address,
    "participation_id": cells.words(50),
    "participation_status": cells.one_of(tuple(each.value for each in Participation)),
    "participation_since": cells.day,
    "participation_checked_on": cells.day,
}
COLUMNS = tuple(PARSERS)
REQUIRED = ("name",)
FIELDS = tuple(name for name in COLUMNS if name not in ("key", "parent"))
_PAST = ("participation_since", "participation_checked_on")


@dataclass(slots=True)
class Held:
    """A partner as the register holds it, or will: `values` by `FIELDS`."""

    id: UUID
    key: str
    parent_id: UUID | None
    values: dict[str, Any]
    is_new: bool = False
    line: int | None = None  # of this file, that spoke of it


@dataclass(frozen=True, slots=True)
class Change:
    """Before and after of one partner."""

    partner_id: UUID
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(slots=True)
class Register:
    """What is held, and how it is found: by key, by participation number, else by name and country."""

    by_key: dict[str, Held] = field(default_factory=dict)
    by_number: dict[str, Held] = field(default_factory=dict)
    by_name: dict[tuple[str, str | None], list[Held]] = field(default_factory=dict)
    by_id: dict[UUID, Held] = field(default_factory=dict)

    def add(self, held: Held) -> None:
        """Hold this one too."""
        self.by_key[held.key] = self.by_id[held.id] = held
        if number := held.values["participation_id"]:
            self.by_number[number] = held
        self.by_name.setdefault(_named(held.values), []).append(held)

    def find(self, values: Mapping[str, Any]) -> Held | None:
        """Whom a line means. Raises `Refused` where a name means several."""
        if values.get("key"):
            return self._with_key(values["key"])
        if found := self.by_number.get(values.get("participation_id") or ""):
            return found
        number = values.get("participation_id")
        named = [
            each
            for each in self.by_name.get(_named(values), ())
            if number is None or each.values["participation_id"] is None
        ]
        if len(named) > 1:
            sentence = "name: several partners of this country have this name; give key or participation_id."
            raise Refused(Fault("/name", sentence))
        return named[0] if named else None

    def _with_key(self, key: str) -> Held | None:
        return self.by_key.get(key)

    def is_above(self, held: Held, other: Held) -> bool:
        """Whether `other` is `held` or belongs to it, at whatever remove."""
        above: Held | None = other
        while above is not None and above is not held:
            above = self.by_id.get(above.parent_id) if above.parent_id else None
        return above is held


@dataclass(slots=True)
class Plan:
    """What a file does to the register."""

    new: list[Held] = field(default_factory=list)
    changed: list[Held] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


def _named(values: Mapping[str, Any]) -> tuple[str, str | None]:
    return sort_key(values["name"]), values.get("country")


def plan_import(
    records: Iterable[Record], columns: Sequence[str], register: Register, *, today: date
) -> Plan:
    """Line by line. An empty cell leaves what is known as it is; a line that is wrong is refused by itself."""
    plan = Plan()
    for record in records:
        try:
            plan.results.append(_take(record, columns, register, plan, today))
        except Refused as refused:
            plan.results.append(Result(record.line, Outcome.REFUSED, errors=refused.faults))
    return plan


def _take(record: Record, columns: Sequence[str], register: Register, plan: Plan, today: date) -> Result:
    values = _checked(record, columns, today)
    held = register.find(values)
    if held is not None and held.line is not None:
        raise Refused(Fault("/name", f"name: this partner stands in line {held.line} already."))
    parent = _parent(values, held, register)
    if held is None:
        return _create(record.line, values, parent, register, plan)
    held.line = record.line
    return _change(record.line, values, held, parent, register, plan)


def _checked(record: Record, columns: Sequence[str], today: date) -> dict[str, Any]:
    values, faults = parse_cells(record, columns, PARSERS)
    if values.get("name") is None and not any(fault.pointer == "/name" for fault in faults):
        faults.append(Fault("/name", "name is missing."))
    for name in _PAST:
        if values.get(name) and values[name] > today:
            faults.append(Fault(f"/{name}", f"{name}: {values[name]} lies ahead."))
    if faults:
        raise Refused(*faults)
    return {name: value for name, value in values.items() if value is not None}


def _parent(values: Mapping[str, Any], held: Held | None, register: Register) -> Held | None:
    key = values.get("parent")
    if key is None:
        return None
    parent = register.by_key.get(key)
    if parent is None:
        sentence = f"parent: there is no partner {key!r}, in the register or in a line above."
        raise Refused(Fault("/parent", sentence))
    if held is not None and register.is_above(held, parent):
        raise Refused(Fault("/parent", f"parent: {key!r} belongs to this partner."))
    return parent


def _create(
    line: int, values: Mapping[str, Any], parent: Held | None, register: Register, plan: Plan
) -> Result:
    own = dict.fromkeys(FIELDS) | {"kind": PartnerKind.COMPANY.value}
    own |= {name: value for name, value in values.items() if name in FIELDS}
    key = values.get("key") or key_for(values["name"], register.by_key)
    held = Held(new_id(), key, parent.id if parent else None, own, is_new=True, line=line)
    register.add(held)
    plan.new.append(held)
    plan.changes.append(Change(held.id, {}, dict(values)))
    return Result(line, Outcome.CREATED, key=key)


def _change(
    line: int, values: Mapping[str, Any], held: Held, parent: Held | None, register: Register, plan: Plan
) -> Result:
    number = values.get("participation_id")
    if number is not None and register.by_number.get(number, held) is not held:
        raise Refused(Fault("/participation_id", "participation_id: another partner has this number."))
    after = {name: values[name] for name in FIELDS if name in values and values[name] != held.values[name]}
    before = {name: held.values[name] for name in after}
    if parent is not None and parent.id != held.parent_id:
        old = register.by_id.get(held.parent_id) if held.parent_id else None
        before["parent"], after["parent"] = old.key if old else None, parent.key
        held.parent_id = parent.id
    if not after:
        return Result(line, Outcome.UNCHANGED, key=held.key)
    was = _named(held.values)
    held.values |= {name: value for name, value in after.items() if name != "parent"}
    if _named(held.values) != was:
        register.by_name[was].remove(held)
        register.by_name.setdefault(_named(held.values), []).append(held)
    if number is not None:
        register.by_number[number] = held
    plan.changed.append(held)
    plan.changes.append(Change(held.id, before, after))
    return Result(line, Outcome.UPDATED, key=held.key)
