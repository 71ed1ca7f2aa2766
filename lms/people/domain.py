"""Words and rules about people: kinds of affiliation, roles and what each role may do."""

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from lms.kernel.access import Grant, PartnerGrant, Permission
from lms.kernel.errors import Conflict, Fault, Invalid, NotAllowed, NotFound, NotSignedIn, TooMany
from lms.kernel.events import Event
from lms.people.passwords import LEAST, MOST, Weakness


class EntityKind(StrEnum):
    """Where an office stands in its organisation."""

    HEADQUARTERS = "headquarters"
    REGIONAL_OFFICE = "regional_office"
    COUNTRY_OFFICE = "country_office"
    UNIT = "unit"


class AffiliationKind(StrEnum):
    """What ties a person to an entity or partner."""

    STAFF = "staff"
    UN_VOLUNTEER = "un_volunteer"
    CONSULTANT = "consultant"
    INTERN = "intern"
    GRATIS = "gratis"  # gratis or loaned personnel
    PARTNER_PERSONNEL = "partner_personnel"
    FORMER = "former"  # retired or former


class Appointment(StrEnum):
    """A staff member's kind of appointment."""

    CONTINUING = "continuing"
    FIXED_TERM = "fixed_term"
    TEMPORARY = "temporary"


class Role(StrEnum):
    """What can be granted. `supervisor` is not among them: it comes from the reporting line."""

    AUTHOR = "author"
    FACILITATOR = "facilitator"
    ASSESSOR = "assessor"
    FOCAL_POINT = "focal_point"
    HR_OFFICER = "hr_officer"
    SENIOR_MANAGER = "senior_manager"
    SCREENING_OFFICER = "screening_officer"
    LEGAL_OFFICER = "legal_officer"
    PARTNER_COORDINATOR = "partner_coordinator"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


HARDSHIP_CLASSES = ("H", "A", "B", "C", "D", "E")
GENDERS = ("female", "male", "other")

_P = Permission
_EXCHANGE = frozenset({_P.EXCHANGE_READ, _P.TRAININGS_READ, _P.TRAININGS_HOST})
PERMISSIONS_BY_ROLE: dict[Role, frozenset[Permission]] = {
    Role.AUTHOR: frozenset({_P.COURSES_WRITE, _P.COURSES_PUBLISH}),
    Role.FACILITATOR: frozenset(),
    Role.ASSESSOR: frozenset({_P.WORK_ASSESS}),
    Role.FOCAL_POINT: frozenset(
        {
            _P.PROFILES_ASSIGN,
            _P.PLANS_PROPOSE,
            _P.LEARNING_TIME_READ,
            _P.ASSIGNMENTS_MAKE,
            _P.PARTNERS_READ,
            _P.PARTNERS_WRITE,
            _P.PARTNERS_KEEP,
            _P.PARTNER_PEOPLE_INVITE,
            *_EXCHANGE,
            _P.NEEDS_POST,
            _P.OFFERS_POST,
            _P.EVALUATIONS_READ,
        }
    ),
    Role.SCREENING_OFFICER: frozenset(
        {_P.PARTNERS_READ, _P.SCREENING_READ, _P.SCREENING_NAME, _P.SCREENING_DECIDE}
    ),
    Role.LEGAL_OFFICER: frozenset(
        {
            _P.PARTNERS_READ,
            _P.SCREENING_READ,
            _P.SCREENING_NAME,
            _P.TRAININGS_READ,
            _P.TRAININGS_HOST,
            _P.AGREEMENTS_CLEAR,
        }
    ),
    Role.PARTNER_COORDINATOR: frozenset(
        {
            _P.PARTNERS_READ,
            _P.PARTNERS_WRITE,
            _P.PARTNER_PEOPLE_INVITE,
            *_EXCHANGE,
            _P.OFFERS_POST,
            _P.EVALUATIONS_READ,
        }
    ),
    Role.HR_OFFICER: frozenset(
        {
            _P.PEOPLE_READ,
            _P.PEOPLE_IMPORT,
            _P.PROFILES_ASSIGN,
            _P.ASSIGNMENTS_MAKE,
            _P.ASSIGNMENTS_READ,
            _P.COMPLETIONS_READ,
            _P.COMPLETIONS_RECORD,
            _P.COMPLETIONS_REVOKE,
            _P.COMPLETIONS_WAIVE,
            _P.EQUIVALENCES_DECIDE,
            _P.SKILLS_READ,
            _P.REPORTS_READ,
            _P.COVERAGE_READ,
            _P.LEARNING_TIME_READ,
        }
    ),
    Role.SENIOR_MANAGER: frozenset(
        {
            _P.REPORTS_READ,
            _P.COVERAGE_READ,
            _P.POLICIES_ADOPT,
            _P.COMPLETIONS_WAIVE,
            _P.EQUIVALENCES_DECIDE,
            _P.ASSIGNMENTS_MAKE,
            _P.ASSIGNMENTS_ORDER,
            _P.ASSIGNMENTS_READ,
            _P.PARTNERS_READ,
            _P.SCREENING_READ,
            _P.GATE_WAIVE,
            _P.TRAININGS_READ,
            _P.EVALUATIONS_READ,
            _P.FOCAL_POINTS_READ,
        }
    ),
    Role.COORDINATOR: frozenset(
        {
            _P.COVERAGE_READ,
            _P.EQUIVALENCES_DECIDE,
            _P.PARTNERS_READ,
            _P.PARTNERS_WRITE,
            _P.PARTNERS_KEEP,
            _P.PARTNERS_IMPORT,
            *_EXCHANGE,
            _P.EXCHANGE_INTRODUCE,
            _P.EVALUATIONS_READ,
            _P.LESSONS_REVIEW,
            _P.FOCAL_POINTS_READ,
        }
    ),
    Role.ADMIN: frozenset(
        {
            _P.COURSES_WRITE,
            _P.COURSES_PUBLISH,
            _P.PEOPLE_READ,
            _P.PEOPLE_IMPORT,
            _P.PEOPLE_MANAGE,
            _P.GRANTS_MANAGE,
            _P.COMPLETIONS_RECORD,
            _P.EVENTS_READ,
            _P.PARTNERS_READ,
            _P.PARTNERS_WRITE,
            _P.PARTNERS_KEEP,
            _P.PARTNERS_IMPORT,
        }
    ),
}

SYSTEM_WIDE = frozenset({Role.COORDINATOR})
"""Roles that are held for the whole system or not at all."""
FOR_PARTNERS = frozenset({Role.PARTNER_COORDINATOR})
"""Roles that are held for a partner, never for an entity or the whole system."""


def permissions_of(grants: Iterable[Grant], *, supervises: bool) -> dict[Permission, tuple[str, ...]]:
    """Each permission with the entity paths it is held for; everybody may use their own record."""
    held: dict[Permission, set[str]] = {Permission.SELF: {"/"}}
    for grant in grants:
        if Role(grant.role) in FOR_PARTNERS:
            continue  # without a partner it is held for nobody
        for permission in PERMISSIONS_BY_ROLE[Role(grant.role)]:
            held.setdefault(permission, set()).add(grant.path)
    if supervises:
        held[Permission.TEAM_READ] = {"/"}
    return {permission: tuple(sorted(paths)) for permission, paths in held.items()}


def partner_permissions_of(grants: Iterable[PartnerGrant]) -> dict[Permission, tuple[UUID, ...]]:
    """Each permission with the partners it is held for; a role of entities gives nothing for a partner."""
    held: dict[Permission, set[UUID]] = {}
    for grant in grants:
        if Role(grant.role) in FOR_PARTNERS:
            for permission in PERMISSIONS_BY_ROLE[Role(grant.role)]:
                held.setdefault(permission, set()).add(grant.partner_id)
    return {permission: tuple(sorted(ids)) for permission, ids in held.items()}


# -- secrets -----------------------------------------------------------------------------------------------


def new_secret() -> str:
    """A secret of 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest_of(secret: str) -> str:
    """What is kept of a random secret. It has 256 bits of its own, so it needs no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(session_secret: str) -> str:
    """The token a form must send along: made from the session's secret, which another site cannot read."""
    return digest_of(f"csrf:{session_secret}")[:40]


# -- what identifies ---------------------------------------------------------------------------------------

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def email_key(email: str) -> str:
    """The form of an e-mail by which accounts are told apart: an accent is one letter, or a letter and its mark."""
    return unicodedata.normalize("NFC", email.strip().casefold())


def is_email(text: str) -> bool:
    """Whether `text` can be an e-mail address; whether it is one only a mail can tell."""
    return _EMAIL.fullmatch(text.strip()) is not None and len(text) <= 254


# -- errors ------------------------------------------------------------------------------------------------


class WrongCredentials(NotSignedIn):
    type, title = "wrong-credentials", "E-mail or password is not right"


class WrongPassword(Invalid):
    """The one given as present is not; the caller counts it with `record_wrong_password`."""

    type, title = "wrong-password", "The present password is not right"


class WeakPassword(Invalid):
    type, title = "weak-password", "This password is too easy to guess"

    def __init__(self, weakness: Weakness, *, pointer: str = "/password") -> None:
        sentence = _WEAK[weakness]
        super().__init__(sentence, faults=[Fault(pointer, sentence)])
        self.weakness = weakness


_WEAK = {
    Weakness.SHORT: f"A password has at least {LEAST} characters.",
    Weakness.LONG: f"A password has at most {MOST} characters.",
    Weakness.OWN: "A password is not one's own name or e-mail, with or without figures.",
    Weakness.COMMON: "This password is among those that are guessed first.",
    Weakness.SAME: "This is the present password.",
}


class NoPassword(Conflict):
    type, title = "no-password", "You do not sign in with a password here"


class SignInEnded(NotSignedIn):
    type, title = "sign-in-ended", "This sign-in or token has ended"


class TooManySignIns(TooMany):
    type, title = "too-many-sign-ins", "Too many failed sign-ins; wait a quarter of an hour"


class CsrfFailed(NotAllowed):
    type, title = "csrf", "This form is too old or came from elsewhere; load the page again"


class PersonNotFound(NotFound):
    type, title = "person-not-found", "There is no such person here"


class EntityNotFound(NotFound):
    type, title = "entity-not-found", "There is no such entity here"


class TokenNotFound(NotFound):
    type, title = "token-not-found", "There is no such token of yours"


class GrantNotFound(NotFound):
    type, title = "grant-not-found", "There is no such grant here"


class GrantNotAllowed(NotAllowed):
    type, title = "grant-not-allowed", "You cannot grant this role for this entity"


class EmailTaken(Conflict):
    type, title = "email-taken", "Another person has this e-mail"


class EntityLoop(Invalid):
    type, title = "entity-loop", "An entity cannot lie under itself"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleImported(Event):
    """An import changed people; `data` counts them."""

    type: ClassVar[str] = "people.people_imported"
    subject_type: ClassVar[str] = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(Event):
    """What is known of a person changed; `data.fields` names what, `person_changes` holds before and after."""

    type: ClassVar[str] = "people.person_changed"
    subject_type: ClassVar[str] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsencesChanged(Event):
    """Days on which a person's clocks stand still were added, changed or taken back; after `PersonChanged`."""

    type: ClassVar[str] = "people.absences_changed"
    subject_type: ClassVar[str] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityChanged(Event):
    """An entity was made, changed or moved; `data` holds before and after."""

    type: ClassVar[str] = "people.entity_changed"
    subject_type: ClassVar[str] = "entity"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGranted(Event):
    """A role was given."""

    type: ClassVar[str] = "people.role_granted"
    subject_type: ClassVar[str] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRevoked(Event):
    """A role was taken back."""

    type: ClassVar[str] = "people.role_revoked"
    subject_type: ClassVar[str] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Event):
    """A person signed in."""

    type: ClassVar[str] = "people.signed_in"
    subject_type: ClassVar[str] = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """A person changed their password; their other browser sessions ended with it."""

    type: ClassVar[str] = "people.password_changed"
    subject_type: ClassVar[str] = "person"
