"""The reader's words for attendance: how somebody was marked, and why a mark or a code was refused."""

from lms.joint_trainings.domain.assessed_work import AlreadyAssessed, NotThere, NotYourSide
from lms.joint_trainings.domain.attendance import (
    AttendanceChanged,
    AttendanceSigned,
    BadMark,
    CheckInEarly,
    CheckInLate,
    NoSeat,
    NotBegun,
    NotOver,
    NotSigned,
    NotYourParticipant,
    OnWaitlist,
    OwnAttendance,
    SessionOff,
    TooManyCodes,
)
from lms.joint_trainings.domain.trainings import NotYourHost
from lms.kernel.errors import DomainError
from lms.kernel.i18n import translator


def sources(language: str) -> dict[str, str]:
    """How somebody was marked."""
    _ = translator(language).gettext
    return {
        "code": _("checked in with the code"),
        "list": _("marked by a facilitator"),
        "late": _("entered afterwards"),
        "correction": _("corrected"),
    }


def refusals(language: str) -> dict[type[DomainError], str]:
    """Why something was refused, by the kind of the error."""
    _ = translator(language).gettext
    return {
        AttendanceChanged: _("The list has changed since you read it. Look at it again, then sign."),
        AttendanceSigned: _("The host has signed. Only a correction by the host changes this now."),
        BadMark: _("Say why: an entry made after the session has a reason."),
        CheckInEarly: _("Checking in has not begun yet."),
        CheckInLate: _("Checking in is over. Ask a facilitator to put you on the list."),
        NoSeat: _("You have no seat in this session."),
        NotBegun: _("This session has not begun."),
        NotOver: _("This session is not over."),
        NotSigned: _("The host has not signed yet."),
        NotYourHost: _("You do not act for this host."),
        NotYourParticipant: _("This is nobody whom you mark here."),
        OnWaitlist: _("You are on the waitlist of this session and have no seat."),
        OwnAttendance: _(
            "You facilitate this session: nobody marks their own attendance. Another facilitator or your coordinator "
            "does."
        ),
        SessionOff: _("This session is not held."),
        TooManyCodes: _("Too many wrong codes. Wait a quarter of an hour, or ask a facilitator."),
        AlreadyAssessed: _("This work is assessed already."),
        NotThere: _("Nobody has marked this person as present."),
        NotYourSide: _("Each side's assessors assess the work of its own people."),
    }


def by_type(language: str) -> dict[str, str]:
    """The same by the problem's type, for what a device was answered."""
    return {kind.type: words for kind, words in refusals(language).items()}
