"""What a batch of sound lines would change, decided without a database: whom each line means, what is new, what
differs, which earlier affiliation ends. Nothing is decided twice: a second time, every line is unchanged.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from lms.kernel.errors import Fault
from lms.kernel.ids import new_id
from lms.people.imports.domain import Outcome, Refused, Result
from lms.people.imports.known import Known, KnownAffiliation, KnownPerson, differences
from lms.people.imports.rows import AFFILIATION_FIELDS, DEFAULTS, PERSON_COLUMNS, PersonRow
from lms.people.imports.survey import Survey

NEW_PERSON: dict[str, Any] = {
    "email": None,
    "gender": None,
    "language": "en",
    "languages": [],
    "background": [],
    "modality": None,
    "time_zone": "UTC",
}


@dataclass(slots=True)
class Change:
    """Before and after of what an import changes of one person, by field."""

    person_id: UUID
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """Rows to write. Persons and affiliations carry all their columns, changed or not."""

    new_people: list[KnownPerson] = field(default_factory=list)
    changed_people: list[KnownPerson] = field(default_factory=list)
    new_affiliations: list[tuple[UUID, KnownAffiliation]] = field(default_factory=list)
    changed_affiliations: list[KnownAffiliation] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Accepted:
    row: PersonRow
    person: KnownPerson
    is_new: bool


def plan_batch(rows: list[PersonRow], *, known: Known, survey: Survey) -> Plan:
    """Decide on every line. Officers may be anyone of the batch, so people come first, affiliations after."""
    plan = Plan()
    accepted = [each for row in rows if (each := _accept(row, known, survey, plan)) is not None]
    for each in accepted:
        change = Change(each.person.id)
        if not each.is_new:
            _plan_person(each, change, plan)
        pending = _plan_affiliation(each, known, change, plan)
        outcome = Outcome.CREATED if each.is_new else Outcome.UPDATED if change.after else Outcome.UNCHANGED
        if outcome is Outcome.UPDATED:
            plan.changes.append(change)
        plan.results.append(Result(each.row.line, outcome, each.person.id, pending=pending or None))
    return plan


# -- whom a line means -------------------------------------------------------------------------------------


def _accept(row: PersonRow, known: Known, survey: Survey, plan: Plan) -> _Accepted | None:
    try:
        person = match(row, known)
        _check_officers(row, person, known, survey)
        if person is not None:
            _check_person(row, person, known)
    except Refused as refused:
        plan.results.append(Result(row.line, Outcome.REFUSED, errors=refused.faults))
        return None
    if person is not None:
        known.lines[person.id] = row.line
        return _Accepted(row, person, is_new=False)
    made = KnownPerson(new_id(), NEW_PERSON | row.person)
    plan.new_people.append(made)
    known.lines[made.id] = row.line
    known.add_new(made.id, root=row.entity.root, number=row.number, email=row.email_key)
    return _Accepted(row, made, is_new=True)


def match(row: PersonRow, known: Known) -> KnownPerson | None:
    """The person a line means: by personnel number in the importer's scope, then by e-mail; None: a new one."""
    name = (row.entity.root, row.number or "")
    numbered = known.numbers.get(name, set())
    mailed = known.emails.get(row.email_key or "")
    if len(numbered) > 1 and mailed not in numbered:
        raise _refused("personnel_number", "several people have this number; give an e-mail of one of them.")
    found = mailed if len(numbered) > 1 else next(iter(numbered), mailed)
    if mailed is not None and mailed != found:
        raise _refused("email", "another person has this e-mail.")
    if found is None:
        return None
    if not known.people[found].inside:
        raise _refused("email", "this belongs to someone who is not, and never was, with your entity.")
    return known.people[found]


def _check_person(row: PersonRow, person: KnownPerson, known: Known) -> None:
    if person.id in known.lines:
        sentence = f"The person of line {known.lines[person.id]} stands here again; a person has one line."
        raise Refused(Fault("", sentence))
    email = row.person.get("email")
    if email is not None and person.keeps_email and email != person.values["email"]:
        raise _refused("email", "this person signs in or holds a role, and keeps their e-mail.")
    existing = _existing(row, person)
    clash = next((a for a in person.affiliations if a.is_primary and a.from_on == row.from_on), None)
    if existing is None and clash is not None and clash.entity.root == row.entity.root:
        sentence = f"from that day this person is with {clash.entity.key} already; give the day of the move."
        raise _refused("from", sentence)


def _check_officers(row: PersonRow, person: KnownPerson | None, known: Known, survey: Survey) -> None:
    for column, reference in row.officers.items():
        officer = known.officer(reference, row.entity.root) if reference else None
        if officer is not None and person is not None and officer == person.id:
            raise _refused(column, "nobody is their own reporting officer.")
        if reference and officer is None and not survey.holds(reference, row.entity.root):
            raise _refused(column, "there is no such person in your organisation or in this file.")


def _refused(column: str, sentence: str) -> Refused:
    return Refused(Fault(f"/{column}", f"{column}: {sentence}"))


# -- what changes ------------------------------------------------------------------------------------------


def _plan_person(each: _Accepted, change: Change, plan: Plan) -> None:
    person = each.person
    different = differences(person.values, each.row.person, PERSON_COLUMNS)
    if different:
        change.before |= {name: person.values[name] for name in different}
        change.after |= different
        person.values |= different
        plan.changed_people.append(person)


def _plan_affiliation(each: _Accepted, known: Known, change: Change, plan: Plan) -> dict[str, str]:
    """Make or change the line's affiliation and end the one it follows; officers still to come, by column."""
    row, person = each.row, each.person
    wanted, pending = _wanted(row, person, known)
    existing = _existing(row, person)
    _end_earlier(row, person, known, change, plan)
    if existing is None:
        affiliation = _made(row, person, wanted)
        plan.new_affiliations.append((person.id, affiliation))
        change.after |= {
            "affiliation": affiliation.id,
            "entity": row.entity.key,
            "from": row.from_on,
            **wanted,
        }
    else:
        affiliation = existing
        different = differences(existing.values, wanted, AFFILIATION_FIELDS)
        if different:
            change.before |= {name: existing.values[name] for name in different}
            change.after |= {"affiliation": existing.id, **different}
            existing.values |= different
            plan.changed_affiliations.append(existing)
    return {**pending, "affiliation": str(affiliation.id), "root": row.entity.root} if pending else {}


def _existing(row: PersonRow, person: KnownPerson) -> KnownAffiliation | None:
    same = [a for a in person.affiliations if a.entity.id == row.entity.id and a.from_on == row.from_on]
    return max(same, key=lambda a: a.is_primary, default=None)


def _is_primary(row: PersonRow, person: KnownPerson) -> bool:
    """Whether the line's affiliation is a main one: there is one main affiliation that begins on a day."""
    existing = _existing(row, person)
    if existing is not None:
        return existing.is_primary
    return not any(a.is_primary and a.from_on == row.from_on for a in person.affiliations)


def _wanted(row: PersonRow, person: KnownPerson, known: Known) -> tuple[dict[str, Any], dict[str, str]]:
    wanted = dict(row.affiliation)
    if not wanted.get("personnel_number"):
        wanted.pop("personnel_number", None)  # an identifier is never emptied
    existing = _existing(row, person)
    if wanted.get("until") is None and (existing is None or "until" in wanted or existing.until_on is None):
        wanted["until"] = _day_before_next(row, person, known.scope)
    pending = {}
    for column, reference in row.officers.items():
        officer = known.officer(reference, row.entity.root) if reference else None
        if reference and officer is None:
            pending[column] = reference
        else:
            wanted[column] = officer
    return wanted, pending


def _tree(row: PersonRow, person: KnownPerson, scope: str) -> list[KnownAffiliation]:
    """The person's main affiliations with the line's organisation, as far as the importer may change them."""
    return [
        a
        for a in person.affiliations
        if a.is_primary and a.entity.root == row.entity.root and a.entity.path.startswith(scope)
    ]


def _day_before_next(row: PersonRow, person: KnownPerson, scope: str) -> date | None:
    """An open affiliation that was followed by another ended the day before that one began."""
    if not _is_primary(row, person):
        return None
    later = [a.from_on for a in _tree(row, person, scope) if a.from_on > row.from_on]
    return min(later) - timedelta(days=1) if later else None


def _end_earlier(row: PersonRow, person: KnownPerson, known: Known, change: Change, plan: Plan) -> None:
    """A newer main affiliation ends the open one before it, the day before it begins."""
    if not _is_primary(row, person):
        return
    for earlier in _tree(row, person, known.scope):
        if earlier.until_on is None and earlier.from_on < row.from_on:
            last = row.from_on - timedelta(days=1)
            change.before[f"until of {earlier.id}"] = None
            change.after[f"until of {earlier.id}"] = last
            earlier.values["until"] = last
            plan.changed_affiliations.append(earlier)


def _made(row: PersonRow, person: KnownPerson, wanted: dict[str, Any]) -> KnownAffiliation:
    values = dict.fromkeys(AFFILIATION_FIELDS) | DEFAULTS | wanted
    return KnownAffiliation(new_id(), row.entity, row.from_on, _is_primary(row, person), values)
