"""Laws of seats: never more than there are, in order, nobody passed over, whatever order others cancel in."""

from collections import Counter
from datetime import date, timedelta
from itertools import permutations
from types import SimpleNamespace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.joint_trainings.domain.bookings import (
    Belonging,
    BookingPolicy,
    has_to_wait,
    host_of,
    is_late,
)
from lms.joint_trainings.domain.seats import (
    Claim,
    Quotas,
    can_seat,
    faults_in_quotas,
    left_for,
    taken_by_host,
    who_gets_the_seat,
    whose_seat,
)
from lms.kernel import clock

HOSTS = tuple(UUID(int=number) for number in range(1, 4))
TODAY = date(2026, 11, 25)


@st.composite
def rooms(draw: st.DrawFn) -> Quotas:
    """Seats with quotas that fit in them, released or not."""
    of = {host: draw(st.integers(0, 4)) for host in draw(st.sets(st.sampled_from(HOSTS)))}
    seats = sum(of.values()) + draw(st.integers(0, 4))
    days = draw(st.one_of(st.none(), st.integers(-2, 2)))
    return Quotas(max(seats, 1), of, None if days is None else TODAY + timedelta(days=days))


people = st.lists(st.sampled_from(HOSTS), max_size=16)


def settled(quotas: Quotas, claims: list[Claim], today: date = TODAY) -> list[Claim]:
    """Claims after the rule has spoken."""
    promoted = {claim.number for claim in who_gets_the_seat(quotas, claims, today)}
    return [Claim(each.number, each.host, each.is_seated or each.number in promoted) for each in claims]


def queue(quotas: Quotas, hosts: list[UUID]) -> list[Claim]:
    """People who book one after the other, each seated if that is possible at that moment."""
    claims: list[Claim] = []
    for number, host in enumerate(hosts):
        claims = settled(quotas, [*claims, Claim(number, host, is_seated=False)])
    return claims


@given(rooms(), people)
def test_never_more_seats_than_there_are(quotas: Quotas, hosts: list[UUID]) -> None:
    taken = taken_by_host(queue(quotas, hosts))
    assert sum(taken.values()) <= quotas.seats
    kept = quotas.kept_on(TODAY)
    beyond = sum(max(0, number - kept.get(host, 0)) for host, number in taken.items())
    assert beyond <= quotas.seats - sum(kept.values()), "nobody sits on a seat kept for another"


@given(rooms(), people)
def test_order_is_kept_and_nobody_is_passed_over(quotas: Quotas, hosts: list[UUID]) -> None:
    claims = queue(quotas, hosts)
    taken = taken_by_host(claims)
    for waiting in (each for each in claims if not each.is_seated):
        assert not can_seat(quotas, taken, waiting.host, TODAY)
        assert not any(
            each.is_seated and each.host == waiting.host for each in claims[waiting.number + 1 :]
        ), "a later one of the same host sits"


@given(rooms(), people, st.data())
def test_promotion_is_the_same_in_whichever_order_others_cancel(
    quotas: Quotas, hosts: list[UUID], data: st.DataObject
) -> None:
    claims = queue(quotas, hosts)
    seated = [each.number for each in claims if each.is_seated]
    gone = data.draw(st.lists(st.sampled_from(seated or [0]), unique=True, max_size=3))
    ends = set()
    for order in permutations(gone):
        left = claims
        for number in order:
            left = settled(quotas, [each for each in left if each.number != number])
        ends.add(frozenset(each.number for each in left if each.is_seated))
    at_once = settled(quotas, [each for each in claims if each.number not in gone])
    assert ends <= {frozenset(each.number for each in at_once if each.is_seated)}


@given(rooms(), people, st.integers(0, 5))
def test_who_is_seated_keeps_the_seat(quotas: Quotas, hosts: list[UUID], fewer: int) -> None:
    claims = queue(quotas, hosts)
    less = Quotas(max(1, quotas.seats - fewer), quotas.of, quotas.release_on)
    after = settled(less, claims)
    assert all(new.is_seated for old, new in zip(claims, after, strict=True) if old.is_seated)
    if sum(taken_by_host(claims).values()) >= less.seats:
        assert not who_gets_the_seat(less, claims, TODAY)


@given(rooms(), people)
def test_what_is_left_is_what_can_be_seated(quotas: Quotas, hosts: list[UUID]) -> None:
    taken = taken_by_host(queue(quotas, hosts))
    for host in HOSTS:
        now, seated = Counter(taken), 0
        while can_seat(quotas, now, host, TODAY):
            now[host] += 1
            seated += 1
        assert left_for(quotas, taken, host, TODAY) == seated


@given(rooms(), people)
def test_release_opens_every_seat(quotas: Quotas, hosts: list[UUID]) -> None:
    day = TODAY + timedelta(days=3)
    claims = settled(Quotas(quotas.seats, quotas.of, day), queue(quotas, hosts), day)
    assert sum(taken_by_host(claims).values()) == min(len(hosts), quotas.seats)


def test_a_seat_comes_from_one_s_own_quota_first() -> None:
    own, other, third = HOSTS
    quotas = Quotas(4, {own: 1, other: 2}, TODAY + timedelta(days=1))
    assert whose_seat(quotas, {}, own, TODAY) == own
    assert whose_seat(quotas, {own: 1}, own, TODAY) is None
    assert whose_seat(quotas, {own: 2}, third, TODAY + timedelta(days=1)) == other


def test_seats_and_quotas_that_do_not_fit() -> None:
    quotas = Quotas(3, {HOSTS[0]: 4}, TODAY)
    found = faults_in_quotas(quotas, 5, TODAY - timedelta(days=1))
    assert [each.pointer for each in found] == ["/seats", "/quotas", "/release_on"]
    assert not faults_in_quotas(Quotas(4, {HOSTS[0]: 4}, TODAY), 4, TODAY)


def test_whose_person_somebody_is() -> None:
    entity, unit, partner = HOSTS
    hosts = [
        SimpleNamespace(id=entity, path="/uneo/", partner_id=None),
        SimpleNamespace(id=unit, path="/uneo/uneo-africa/", partner_id=None),
        SimpleNamespace(id=partner, path=None, partner_id=partner),
    ]
    for path, partners, found in (
        ("/uneo/uneo-africa/", (), unit),
        ("/uneo/uneo-asia/", (partner,), entity),
        (None, (partner,), partner),
        ("/unro/", (), None),
        (None, (), None),
    ):
        host = host_of(hosts, Belonging(path, frozenset(partners)))
        assert (host.id if host else None) == found, path


def test_late_and_left_empty() -> None:
    now, policy = clock.now(), BookingPolicy()
    assert is_late(now + timedelta(hours=47), now, policy)
    assert not is_late(now + timedelta(hours=49), now, policy)
    assert has_to_wait(2, now + timedelta(hours=49), now, policy)
    assert not has_to_wait(2, now + timedelta(hours=47), now, policy)
    assert not has_to_wait(1, now + timedelta(hours=49), now, policy)
    assert not has_to_wait(9, now + timedelta(days=9), now, BookingPolicy(no_shows=0))
