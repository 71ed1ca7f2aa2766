"""Laws of early warnings: two people, six months, no names, and one state at a time."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel.errors import DomainError
from lms.kernel.ids import new_id
from lms.partners.domain.warnings import (
    BadReviewDay,
    PersonNamed,
    SecondPersonNeeded,
    Step,
    StepKind,
    StepNotPossible,
    WarningState,
    check_facts,
    check_step,
    latest_review,
    review_day,
    stands_in_the_way,
    state_of,
)

AUTHOR, OTHER = new_id(), new_id()
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


@given(DAYS, st.integers(-10, 400), st.sampled_from([StepKind.APPROVED, StepKind.RENEWED]))
def test_a_review_lies_ahead_and_within_six_months(on: date, days: int, kind: StepKind) -> None:
    before = [] if kind is StepKind.APPROVED else [Step(StepKind.APPROVED, OTHER, on, on)]
    step = Step(kind, OTHER, on, on + timedelta(days=days), True)
    if days > 0 and step.review_on is not None and step.review_on <= latest_review(on):
        check_step(before, step, author_id=AUTHOR, is_heard=False)
    else:
        with pytest.raises(BadReviewDay):
            check_step(before, step, author_id=AUTHOR, is_heard=False)


@given(DAYS)
def test_six_months_are_six_months(on: date) -> None:
    last = latest_review(on)
    assert (last.year - on.year) * 12 + last.month - on.month == 6
    assert last.day == on.day or (last + timedelta(days=1)).day == 1


def test_who_wrote_it_does_not_approve_it() -> None:
    day = date(2026, 3, 1)
    with pytest.raises(SecondPersonNeeded):
        check_step(
            [], Step(StepKind.APPROVED, AUTHOR, day, day + timedelta(9)), author_id=AUTHOR, is_heard=False
        )


@given(
    st.lists(
        st.tuples(st.sampled_from(StepKind), st.integers(0, 300), st.integers(1, 150), st.booleans()),
        max_size=8,
    )
)
def test_its_state_follows_from_its_steps(tried: list[tuple[StepKind, int, int, bool]]) -> None:
    steps: list[Step] = []
    on = date(2026, 1, 1)
    for kind, later, review, stands in tried:
        on += timedelta(days=later)
        judged = kind in (StepKind.APPROVED, StepKind.RENEWED)
        step = Step(
            kind, OTHER, on, on + timedelta(days=review) if judged else None, stands if judged else None
        )
        state = state_of(steps, on)
        try:
            check_step(steps, step, author_id=AUTHOR, is_heard=True)
        except DomainError as error:
            assert isinstance(error, StepNotPossible)
            assert (state is WarningState.CLOSED) or (kind is StepKind.APPROVED) is not (
                state is WarningState.PROPOSED
            )
            continue
        steps.append(step)
        if kind is StepKind.CLOSED:
            assert state_of(steps, on) is WarningState.CLOSED
        elif judged:
            assert (state_of(steps, on), review_day(steps)) == (WarningState.IN_FORCE, step.review_on)
            assert stands_in_the_way(steps) is stands
            assert step.review_on is not None
            assert state_of(steps, step.review_on + timedelta(days=1)) is WarningState.LAPSED


def test_the_partner_is_heard_only_where_the_entity_decides_so() -> None:
    day = date(2026, 3, 1)
    steps = [Step(StepKind.APPROVED, OTHER, day, day + timedelta(9), True)]
    with pytest.raises(StepNotPossible):
        check_step(steps, Step(StepKind.ANSWERED, OTHER, day), author_id=AUTHOR, is_heard=False)
    check_step(steps, Step(StepKind.ANSWERED, OTHER, day), author_id=AUTHOR, is_heard=True)


@pytest.mark.parametrize(
    "facts",
    [
        "Mr Smith signed it.",
        "Written to x@y.example.",
        "According to amara diallo, in May.",
        "Mme. Dupont left.",
    ],
)
def test_facts_name_no_person(facts: str) -> None:
    with pytest.raises(PersonNamed):
        check_facts(facts, ["Amara Diallo"])
    check_facts("A labour court found against it on 3 May 2026; the ruling is public.", ["Amara Diallo", ""])
