"""What a draft joint training takes over from a need, an offer, or both."""

from datetime import date

from lms.joint_trainings.domain.exchange import Notice
from lms.joint_trainings.domain.trainings import Terms


def terms_for(need: Notice | None, offer: Notice | None, today: date) -> Terms:
    """Terms of the draft: what both name where they name something in common, else the need's, else the offer's.

    Days are the first and the last that lie within both; where none does, the need's. Both sides change it later.
    """
    first, second = (need, offer) if need is not None else (offer, None)
    if first is None:
        raise ValueError("a draft is made of a need, an offer, or both")
    starts_on, ends_on = _days(first, second, today)
    return Terms(
        title=first.title,
        aim=first.words or (second.words if second else ""),
        language=first.language,
        languages=_common(first.languages, second.languages if second else ()),
        focuses=_common(first.focuses, second.focuses if second else ()),
        competencies=_common(first.competencies, second.competencies if second else ()),
        starts_on=starts_on,
        ends_on=ends_on,
    )


def seats_for(wanted: int | None, offered: int | None) -> int | None:
    """How many people it can be for: no more than are to learn, nor than may come; None where neither is said."""
    return min((each for each in (wanted, offered) if each is not None), default=None)


def _common(ones: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(each for each in ones if each in others) or ones or others


def _days(one: Notice, other: Notice | None, today: date) -> tuple[date | None, date | None]:
    if other is not None and one.from_on and other.from_on and one.until_on and other.until_on:
        first, last = max(one.from_on, other.from_on, today), min(one.until_on, other.until_on)
        if first <= last:
            return first, last
    return one.from_on, one.until_on
