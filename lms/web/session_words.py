"""The reader's words for sessions and bookings: states, what became of an address, and why something is refused."""

from collections.abc import Mapping

from lms.joint_trainings.domain.bookings import BooksLater, NoSeatLeft, NotOpen, NotOpenToYou
from lms.joint_trainings.domain.sessions import (
    NotYourPeople,
    SessionOver,
    TimeSkipped,
    TimeTwice,
)
from lms.joint_trainings.domain.trainings import NotYourHost
from lms.kernel.errors import DomainError
from lms.kernel.i18n import LANGUAGES, translator
from lms.partners.domain.screening import NotClear
from lms.web.given import Errors


def booking_states(language: str) -> dict[str, tuple[str, str, str]]:
    """Words, shape and tone of each state of a booking, as its own person reads them."""
    _ = translator(language).gettext
    return {
        "seated": (_("You have a seat"), "done", "action"),
        "waitlisted": (_("You are on the waitlist"), "waiting", "quiet"),
        "held": (_("A seat is held"), "half", "quiet"),
        "cancelled": (_("You gave your seat back"), "closed", "quiet"),
        "lapsed": (_("Lapsed"), "closed", "quiet"),
    }


def states_of_others(language: str) -> dict[str, tuple[str, str, str]]:
    """The same as a host reads them of its people."""
    _ = translator(language).gettext
    return {
        "seated": (_("Has a seat"), "done", "action"),
        "waitlisted": (_("On the waitlist"), "waiting", "quiet"),
        "held": (_("Invited, seat held"), "half", "quiet"),
        "cancelled": (_("Given back"), "closed", "quiet"),
        "lapsed": (_("Lapsed"), "closed", "quiet"),
    }


def outcomes(language: str) -> dict[str, str]:
    """What became of one address."""
    _ = translator(language).gettext
    return {
        "booked": _("Has a seat"),
        "waitlisted": _("On the waitlist"),
        "invited": _("Invited, seat held"),
        "already": _("Was booked or invited already"),
        "refused": _("Refused"),
    }


def problems(language: str) -> dict[str, str]:
    """Why an address was refused, by the type of the error."""
    _ = translator(language).gettext
    return {
        "invalid": _("This is not an e-mail address."),
        NotYourPeople.type: _("Nobody of a host for which you act has this address."),
        NoSeatLeft.type: _("No seat is left to hold for an invitation."),
        NotClear.type: _("The partner is not clear now; ask your screening officer."),
        NotOpen.type: _("Seats of this training are not booked now."),
        SessionOver.type: _("This session has begun, is over or was cancelled."),
        BooksLater.type: _(
            "Seats were left empty more than once within twelve months; what is free shortly before the session can be "
            "booked then."
        ),
        NotOpenToYou.type: _("This training is not open to people of your organisation."),
        NotYourHost.type: _("The entity that leads shares out the seats once they can be booked."),
    }


def refusal(error: DomainError, language: str) -> Errors:
    """What a page says about an error, in the reader's words."""
    known = problems(language).get(error.type)
    return {"": known or error.detail}


def wrong_fields(language: str) -> Mapping[str, str]:
    """What the form of a session says of each field."""
    _ = translator(language).gettext
    return {
        "title": _("Give the title."),
        "place": _("Say where: a place, a link, or both."),
        "link": _("Write the whole address, beginning with https://."),
        "local_on": _("Write a day to come as year, month and day: 2026-11-23."),
        "local_at": _("Write the time as hours and minutes: 14:00."),
        "zone": _("Choose a city from the list."),
        "minutes": _("Write how many minutes it takes: from 1 to 1,440."),
        "languages": _("Choose a language at least."),
        "seats": _("Write how many seats there are: a number from 1 to 10,000, no fewer than are taken."),
        "release_on": _("Seats are released by the day of the session at the latest."),
        "quotas": _("Write numbers that are together no more than the seats there are."),
        "reason": _("Say why; those who booked read it."),
    }


def wrong_time(error: TimeSkipped | TimeTwice, language: str) -> Errors:
    """What is said of a local time that clocks skip, or show twice."""
    _ = translator(language).gettext
    if isinstance(error, TimeSkipped):
        first, second = error.near
        said = _(
            "Clocks there skip this time on that day. Choose %(first)s or %(second)s.",
            first=first,
            second=second,
        )
        return {"local_at": said}
    return {
        "fold": _("Clocks there are set back on that day and this time comes twice. Say which of the two.")
    }


def languages_to_choose() -> list[tuple[str, str]]:
    """The six languages by their own names."""
    return [(each.code, each.own_name) for each in LANGUAGES.values()]
