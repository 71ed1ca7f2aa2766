"""A line of a people file, checked by itself: columns, values, and what fits together. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from lms.kernel.errors import Fault
from lms.kernel.i18n import LANGUAGES
from lms.people.domain import GENDERS, HARDSHIP_CLASSES, AffiliationKind, Appointment, email_key
from lms.people.imports import cells
from lms.people.imports.domain import EntityRef, Refused
from lms.people.imports.reading import Record, did_you_mean

KINDS = tuple(kind.value for kind in AffiliationKind if kind is not AffiliationKind.PARTNER_PERSONNEL)

# Column → field and parser. A field of the person is left as it is by an empty cell; the affiliation is as the
# line says, so that an empty cell empties (or gives the default of) what it stands for.
PERSON_COLUMNS: dict[str, cells.Parser] = {
    "name": cells.words(200),
    "email": cells.email,
    "gender": cells.one_of(GENDERS),
    "language": cells.one_of(tuple(LANGUAGES)),
    "languages": cells.several(cells.language_tag),
    "background": cells.several(cells.key),
    "modality": cells.key,
    "time_zone": cells.time_zone,
}
AFFILIATION_COLUMNS: dict[str, cells.Parser] = {
    "personnel_number": cells.words(50),
    "kind": cells.one_of(KINDS),
    "appointment": cells.one_of(tuple(each.value for each in Appointment)),
    "post_title": cells.words(200),
    "grade": cells.words(20),
    "duty_station": cells.words(100),
    "hardship": cells.one_of(HARDSHIP_CLASSES),
    "working_time_percent": cells.percent,
    "target_profile": cells.key,
    "until": cells.day,
}
OFFICER_COLUMNS = ("first_reporting_officer", "second_reporting_officer")
AFFILIATION_FIELDS = (*AFFILIATION_COLUMNS, *OFFICER_COLUMNS)
# Cells of these are told apart by nearly every line; of the others few different ones come again and again.
_EACH_ITS_OWN = {"name", "email", "personnel_number", *OFFICER_COLUMNS}
PARSERS = (
    PERSON_COLUMNS
    | AFFILIATION_COLUMNS
    | {"entity": cells.words(100), "from": cells.day}
    | dict.fromkeys(OFFICER_COLUMNS, cells.words(254))
)
COLUMNS = tuple(PARSERS)
_PARSERS = {
    name: parser if name in _EACH_ITS_OWN else lru_cache(maxsize=4096)(parser)
    for name, parser in PARSERS.items()
}
REQUIRED = ("name", "entity", "from", "personnel_number|email")
DEFAULTS: dict[str, Any] = {"kind": AffiliationKind.STAFF.value, "working_time_percent": 100}


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A sound line. `person` holds what it states of the person, `affiliation` every column of it that is there."""

    line: int
    entity: EntityRef
    from_on: date
    person: dict[str, Any]
    affiliation: dict[str, Any]
    officers: dict[str, str]  # column → e-mail or personnel number, "" for nobody

    @property
    def number(self) -> str | None:
        """The personnel number."""
        number: str | None = self.affiliation.get("personnel_number")
        return number

    @property
    def email_key(self) -> str | None:
        """The e-mail by which a person is found."""
        email: str | None = self.person.get("email")
        return email_key(email) if email else None


def check_row(record: Record, columns: Sequence[str], entities: Mapping[str, EntityRef]) -> PersonRow:
    """The line's values; `Refused` with everything that is wrong with it. `entities`: those it may name."""
    values, faults = parse_cells(record, columns, _PARSERS)
    faults += [*_missing(values, faults), *_unfit(values), *_unknown_entity(values, entities)]
    if faults:
        raise Refused(*faults)
    return PersonRow(
        line=record.line,
        entity=entities[values["entity"]],
        from_on=values["from"],
        person={name: values[name] for name in PERSON_COLUMNS if values.get(name)},
        affiliation={
            name: values[name] if values[name] is not None else DEFAULTS.get(name)
            for name in AFFILIATION_COLUMNS
            if name in values
        },
        officers={name: values[name] or "" for name in OFFICER_COLUMNS if name in values},
    )


def parse_cells(
    record: Record, columns: Sequence[str], parsers: Mapping[str, cells.Parser]
) -> tuple[dict[str, Any], list[Fault]]:
    """Values by column (None: an empty cell), and what cannot be parsed."""
    if len(record.cells) != len(columns):
        sentence = f"This line has {len(record.cells)} cells, the first line names {len(columns)} columns."
        raise Refused(Fault("", sentence))
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for name, cell in zip(columns, record.cells, strict=True):
        text = cell.strip()
        try:
            values[name] = parsers[name](text) if text else None
        except ValueError as error:
            values[name] = None
            faults.append(Fault(f"/{name}", f"{name}: {error}"))
    return values, faults


def _missing(values: Mapping[str, Any], known: Sequence[Fault]) -> list[Fault]:
    """What must be there and is not; a cell that could not be parsed has its fault already."""
    empty = {name for name, value in values.items() if not value} - {fault.pointer[1:] for fault in known}
    faults = [
        Fault(f"/{name}", f"{name} is missing.") for name in ("name", "entity", "from") if name in empty
    ]
    if all(name in empty or name not in values for name in ("personnel_number", "email")):
        sentence = "personnel_number or email is needed: the next import would make this person again."
        faults.append(Fault("/personnel_number", sentence))
    return faults


def _unfit(values: Mapping[str, Any]) -> list[Fault]:
    faults = []
    begins, ends = values.get("from"), values.get("until")
    if begins and ends and ends < begins:
        faults.append(Fault("/until", f"until ({ends}) lies before from ({begins})."))
    if values.get("appointment") and (values.get("kind") or DEFAULTS["kind"]) != AffiliationKind.STAFF:
        faults.append(Fault("/appointment", "appointment is for staff only."))
    own = {values.get("personnel_number"), email_key(values.get("email") or "")} - {None, ""}
    for name in OFFICER_COLUMNS:
        if values.get(name) and (values[name] in own or email_key(values[name]) in own):
            faults.append(Fault(f"/{name}", f"{name}: nobody is their own reporting officer."))
    return faults


def _unknown_entity(values: Mapping[str, Any], entities: Mapping[str, EntityRef]) -> list[Fault]:
    name = values.get("entity")
    if not name or name in entities:
        return []
    near = did_you_mean(name, entities) if len(entities) <= 2_000 else ""
    return [Fault("/entity", f"entity: there is no {name!r} that you may import for{near}.")]
