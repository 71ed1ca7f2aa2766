"""What the database knows of the people of one batch, as plain values the rules can look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from lms.people.domain import email_key
from lms.people.imports.domain import EntityRef


@dataclass(slots=True)
class KnownAffiliation:
    """An affiliation as it stands. `values` are its columns by field name."""

    id: UUID
    entity: EntityRef
    from_on: date
    is_primary: bool
    values: dict[str, Any]

    @property
    def until_on(self) -> date | None:
        """The last day, if it has one."""
        until: date | None = self.values["until"]
        return until


@dataclass(slots=True)
class KnownPerson:
    """A person as they stand. `keeps_email`: they sign in or hold a role, so an import leaves their e-mail."""

    id: UUID
    values: dict[str, Any]
    keeps_email: bool = False
    inside: bool = True  # has, or had, an affiliation in the importer's scope
    affiliations: list[KnownAffiliation] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Officer:
    """A person whom a line names as a reporting officer."""

    id: UUID
    roots: frozenset[str]  # organisations they are or were with
    inside: bool


@dataclass(slots=True)
class Known:
    """People by the ways a line may name them, and the lines of this import that they had already."""

    scope: str
    people: dict[UUID, KnownPerson] = field(default_factory=dict)
    emails: dict[str, UUID] = field(default_factory=dict)
    numbers: dict[tuple[str, str], set[UUID]] = field(
        default_factory=dict
    )  # (organisation, number), in scope
    officer_emails: dict[str, Officer] = field(default_factory=dict)
    officer_numbers: dict[tuple[str, str], set[UUID]] = field(
        default_factory=dict
    )  # in the whole organisation
    lines: dict[UUID, int] = field(default_factory=dict)

    def add(self, person: KnownPerson) -> None:
        """Have this person found by e-mail and numbers."""
        self.people[person.id] = person
        if person.values["email"]:
            self.emails[email_key(person.values["email"])] = person.id
        for each in person.affiliations:
            number = each.values["personnel_number"]
            if number is not None and each.entity.path.startswith(self.scope):
                self.numbers.setdefault((each.entity.root, number), set()).add(person.id)

    def add_new(self, person_id: UUID, *, root: str, number: str | None, email: str | None) -> None:
        """Have a person of this batch found as a reporting officer."""
        if number:
            self.officer_numbers.setdefault((root, number), set()).add(person_id)
        if email:
            self.officer_emails[email] = Officer(person_id, frozenset({root}), inside=True)

    def officer(self, reference: str, root: str) -> UUID | None:
        """The person an officer column names: of this organisation, or of the importer's scope."""
        if "@" in reference:
            found = self.officer_emails.get(email_key(reference))
            return found.id if found is not None and (found.inside or root in found.roots) else None
        several = self.officer_numbers.get((root, reference), set())
        return next(iter(several)) if len(several) == 1 else None


def differences(now: Mapping[str, Any], wanted: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Of `names` those whose wanted value is another one."""
    return {name: wanted[name] for name in names if name in wanted and wanted[name] != now.get(name)}
