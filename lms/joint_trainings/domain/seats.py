"""Who gets a seat: quotas of hosts until the day of release, then whoever waits longest.

A set of people can sit together when the seats that hosts keep for themselves, and those taken beyond, are no more than
there are. Such sets form a matroid, so that seating in order of booking gives the same people their seats in whichever
order others cancelled; tests hold that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from lms.kernel.errors import Fault


@dataclass(frozen=True, slots=True)
class Quotas:
    """Seats in all and those kept for each host; what no quota holds is open to every host."""

    seats: int
    of: Mapping[UUID, int]
    release_on: date | None = None  # from this local day on, seats are kept for nobody

    def kept_on(self, today: date) -> Mapping[UUID, int]:
        """Seats kept for each host on a day."""
        is_released = self.release_on is not None and today >= self.release_on
        return {} if is_released else self.of


@dataclass(frozen=True, slots=True)
class Claim:
    """A booking as the rule sees it: `number` is its order, `is_seated` whether a seat is taken or held for it."""

    number: int
    host: UUID
    is_seated: bool


def taken_by_host(claims: Iterable[Claim]) -> Counter[UUID]:
    """Seats taken or held, by host."""
    return Counter(claim.host for claim in claims if claim.is_seated)


def can_seat(quotas: Quotas, taken: Mapping[UUID, int], host: UUID, today: date) -> bool:
    """Whether one more person of `host` can be seated beside those who are."""
    return left_for(quotas, taken, host, today) > 0


def left_for(quotas: Quotas, taken: Mapping[UUID, int], host: UUID, today: date) -> int:
    """How many more people of `host` could be seated today, were nobody waiting."""
    kept = quotas.kept_on(today)
    used = sum(max(kept.get(each, 0), taken.get(each, 0)) for each in {*kept, *taken})
    own = max(0, kept.get(host, 0) - taken.get(host, 0))
    overfull = sum(taken.values()) + own > quotas.seats  # after seats were taken out of the room
    return max(0, quotas.seats - sum(taken.values())) if overfull else own + max(0, quotas.seats - used)


def who_gets_the_seat(quotas: Quotas, claims: Iterable[Claim], today: date) -> Sequence[Claim]:
    """Those of the waiting who are seated today, in their order. Who is seated keeps the seat."""
    known = sorted(claims, key=lambda claim: claim.number)
    taken, promoted = taken_by_host(known), []
    for claim in known:
        if not claim.is_seated and can_seat(quotas, taken, claim.host, today):
            taken[claim.host] += 1
            promoted.append(claim)
    return promoted


def whose_seat(quotas: Quotas, taken: Mapping[UUID, int], host: UUID, today: date) -> UUID | None:
    """Whose quota gives the next seat for `host`: its own, nobody's (None), or after release the emptiest's."""
    if taken.get(host, 0) < quotas.of.get(host, 0):
        return host
    unused = {each: kept - taken.get(each, 0) for each, kept in quotas.of.items()}
    beyond = sum(max(0, -left) for left in unused.values())
    beyond += sum(number for each, number in taken.items() if each not in quotas.of)
    if beyond < quotas.seats - sum(quotas.of.values()) or quotas.kept_on(today):
        return None
    return max(unused, key=lambda each: (unused[each], str(each)), default=None)


def faults_in_quotas(quotas: Quotas, taken: int, last_day: date) -> list[Fault]:
    """What is wrong with seats and quotas, `taken` being those that are given away already."""
    found = []
    if quotas.seats < taken:
        found.append(Fault("/seats", f"{taken} seats are taken already."))
    if sum(quotas.of.values()) > quotas.seats:
        found.append(Fault("/quotas", "The hosts' quotas are more than the seats there are."))
    if quotas.release_on is not None and quotas.release_on > last_day:
        found.append(Fault("/release_on", "Seats are released by the day of the session at the latest."))
    return found
