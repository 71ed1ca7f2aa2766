"""Words of the register: kinds, sectors, participation, what is kept of a change; its errors and events."""

import re
from collections.abc import Container
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from babel import Locale

from lms.kernel.errors import Conflict, Invalid, NotAllowed, NotFound
from lms.kernel.events import Event
from lms.kernel.i18n import normalise


class PartnerKind(StrEnum):
    """What kind of organisation a partner is."""

    COMPANY = "company"
    FOUNDATION = "foundation"
    ASSOCIATION = "association"
    ACADEMIC = "academic"


SECTORS = (
    "agriculture-and-food",
    "construction-and-materials",
    "consumer-goods",
    "education-and-research",
    "energy",
    "finance-and-insurance",
    "health",
    "industry",
    "information-technology",
    "services",
    "transport-and-logistics",
    "water-and-waste",
)

_NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"}
COUNTRIES = frozenset(
    code
    for code in map(str, Locale("en").territories)
    if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES
)
"""Codes of ISO 3166-1: what CLDR knows, without groups, reserved and private codes."""


class Participation(StrEnum):
    """How a partner stands with the Global Compact."""

    ACTIVE = "active"
    NON_COMMUNICATING = "non_communicating"
    DELISTED = "delisted"
    WITHDRAWN = "withdrawn"


class AgreementKind(StrEnum):
    """What an agreement is."""

    STANDARD_TRAINING = "standard_training"
    MEMORANDUM = "memorandum"
    CONTRIBUTION = "contribution"
    OTHER = "other"


class Part(StrEnum):
    """Which part of the register a change was about."""

    PROFILE = "profile"
    CONTACT = "contact"
    AGREEMENT = "agreement"


OWN_FIELDS = frozenset({"name", "sector", "country", "website", "about"})
"""What a partner's own coordinator may correct."""
KEPT_FIELDS = OWN_FIELDS | {
    "kind",
    "participation_id",
    "participation_status",
    "participation_since",
    "participation_checked_on",
    "committed_on",
    "commitment_reference",
}
"""What those who keep the register may change as well, beside the group."""


def key_for(name: str, taken: Container[str]) -> str:
    """A free key made of a name: its Latin letters and digits, joined by hyphens, with a number where one is taken."""
    stem = re.sub(r"[^a-z0-9]+", "-", normalise(name)).strip("-")[:80].strip("-") or "partner"
    number, key = 1, stem
    while key in taken:
        number += 1
        key = f"{stem}-{number}"
    return key


# -- errors ------------------------------------------------------------------------------------------------


class PartnerNotFound(NotFound):
    type, title = "partner-not-found", "There is no such partner here"


class PartNotFound(NotFound):
    type, title = "partner-part-not-found", "There is no such contact, agreement or file of this partner"


class PartnerExists(Conflict):
    type, title = "partner-exists", "There is a partner with this key or participation number"


class NotYourField(NotAllowed):
    type, title = "not-your-field", "Those who keep the register change this, not the partner"


class GroupLoop(Invalid):
    type, title = "group-loop", "A partner cannot belong to itself"


# -- events ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerChanged(Event):
    """What is known of a partner changed; `data.part` and `data.fields` name what, `partner_changes` holds the rest."""

    type: ClassVar[str] = "partners.partner_changed"
    subject_type: ClassVar[str] = "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnersImported(Event):
    """A participants' list was taken in; `data` counts its lines."""

    type: ClassVar[str] = "partners.partners_imported"
    subject_type: ClassVar[str] = "import"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningChanged(Event):
    """Something confidential was recorded. The event says neither what nor about whom: the circle reads that."""

    type: ClassVar[str] = "partners.screening_changed"
    subject_type: ClassVar[str] = "screening"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningRead(Event):
    """Somebody of the circle looked at the screening of a partner."""

    type: ClassVar[str] = "partners.screening_read"
    subject_type: ClassVar[str] = "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class CircleChanged(Event):
    """A senior manager was let into an entity's circle, or let go; `data.is_in` says which."""

    type: ClassVar[str] = "partners.circle_changed"
    subject_type: ClassVar[str] = "person"
