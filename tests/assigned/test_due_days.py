"""Due days, states and reminders as pure rules: what holds for every rule, every absence and every ladder."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.assigned.domain.due import (
    DAY_AFTER,
    AssignmentState,
    BadExtension,
    Granted,
    check_extension,
    due_day,
    state_on,
    step_to_send,
)
from lms.assigned.domain.rules import Due, DueFrom, RuleTerms, Whom, faults_in, first_due

TODAY = date(2026, 3, 2)
LADDER = (30, 7, 1)
days = st.integers(0, 900).map(lambda number: date(2026, 1, 1) + timedelta(days=number))
spans = st.tuples(days, st.integers(0, 90)).map(lambda pair: (pair[0], pair[0] + timedelta(days=pair[1])))
absences = st.lists(spans, max_size=4)


def later(day: date, number: int) -> date:
    return day + timedelta(days=number)


# -- the day that a rule gives -----------------------------------------------------------------------------


@st.composite
def dues(draw: st.DrawFn) -> tuple[Due, date]:
    """What a rule may say, and the day of its activation."""
    started = draw(days)
    if draw(st.booleans()):
        return Due(on=later(started, draw(st.integers(1, 400)))), started
    return Due(days=draw(st.integers(1, 400)), since=draw(st.sampled_from(DueFrom))), started


@given(dues(), days, st.integers(0, 400))
def test_whom_a_rule_reaches_late_has_time(rule: tuple[Due, date], joined: date, after: int) -> None:
    due, started = rule
    assigned = later(started, after)
    day = first_due(due, started_on=started, joined_on=joined, assigned_on=assigned)
    given_to_the_first = due.days if due.on is None else (due.on - started).days
    assert given_to_the_first is not None
    assert day >= later(assigned, min(30, given_to_the_first))
    assert due.on is None or day >= due.on


@given(dues())
def test_whom_it_reaches_with_its_activation_has_the_day_it_names(rule: tuple[Due, date]) -> None:
    due, started = rule
    day = first_due(due, started_on=started, joined_on=started, assigned_on=started)
    assert day == (due.on or later(started, due.days or 0))


def test_days_after_joining_count_from_the_first_day_with_the_entity() -> None:
    due = Due(days=90, since=DueFrom.JOINING)
    assert first_due(
        due, started_on=date(2026, 1, 1), joined_on=date(2026, 2, 20), assigned_on=TODAY
    ) == later(date(2026, 2, 20), 90)
    # Ten years with the entity: ninety days after joining are long past, thirty from today are left.
    assert first_due(
        due, started_on=date(2026, 1, 1), joined_on=date(2016, 5, 1), assigned_on=TODAY
    ) == later(TODAY, 30)


# -- the day as it stands ----------------------------------------------------------------------------------


@given(days, st.integers(0, 300), absences, st.lists(st.tuples(days, st.integers(1, 200)), max_size=3))
def test_neither_absence_nor_extension_ever_brings_a_due_day_forward(
    assigned: date, number: int, away: list[tuple[date, date]], granted: list[tuple[date, int]]
) -> None:
    due = later(assigned, number)
    extensions = [Granted(on, later(on, more)) for on, more in granted]
    without = due_day(assigned, due, granted=extensions)
    assert due_day(assigned, due, granted=extensions, absences=away) >= without >= due
    assert without == max([due, *(each.until for each in extensions)])


def test_an_extension_counts_only_the_absence_after_it() -> None:
    away = [(date(2026, 4, 1), date(2026, 4, 10))]
    assert due_day(TODAY, date(2026, 6, 1), absences=away) == date(2026, 6, 11)
    granted = [Granted(date(2026, 5, 1), date(2026, 7, 1))]
    assert due_day(TODAY, date(2026, 6, 1), granted=granted, absences=away) == date(2026, 7, 1)
    more = [*away, (date(2026, 5, 5), date(2026, 5, 9))]
    assert due_day(TODAY, date(2026, 6, 1), granted=granted, absences=more) == date(2026, 7, 6)


@pytest.mark.parametrize(
    ("today", "done", "ended", "state"),
    [
        (date(2026, 6, 1), False, False, AssignmentState.OPEN),
        (date(2026, 6, 2), False, False, AssignmentState.OVERDUE),
        (date(2026, 6, 2), True, False, AssignmentState.DONE),
        (date(2026, 6, 2), True, True, AssignmentState.DONE),
        (date(2026, 6, 2), False, True, AssignmentState.ENDED),
    ],
)
def test_states(today: date, done: bool, ended: bool, state: AssignmentState) -> None:
    assert state_on(today, due_on=date(2026, 6, 1), is_done=done, is_ended=ended) is state


# -- reminders ---------------------------------------------------------------------------------------------


def remind_daily(
    due_on: date, since: date, *, away: list[tuple[date, date]] | None = None, only: set[date] | None = None
) -> list[tuple[date, int]]:
    """What goes out if the job runs every day, or on these days `only`."""
    sent: list[tuple[date, int]] = []
    for number in range((due_on - since).days + 60):
        today = later(since, number)
        if only is not None and today not in only:
            continue
        step = step_to_send(
            today,
            due_on=due_on,
            since=since,
            ladder=LADDER,
            sent={step for _, step in sent},
            absences=away or (),
        )
        if step is not None:
            sent.append((today, step))
    return sent


def test_each_step_of_the_ladder_goes_out_once_on_its_day() -> None:
    due = later(TODAY, 60)
    assert remind_daily(due, TODAY) == [
        (later(due, -30), 30),
        (later(due, -7), 7),
        (later(due, -1), 1),
        (later(due, 1), DAY_AFTER),
    ]


def test_a_step_before_the_person_knew_of_it_is_never_sent() -> None:
    due = later(TODAY, 10)
    assert [step for _, step in remind_daily(due, TODAY)] == [7, 1, DAY_AFTER]


def test_after_days_without_the_job_only_the_most_urgent_goes_out() -> None:
    due = later(TODAY, 60)
    assert remind_daily(due, TODAY, only={later(due, -5)}) == [(later(due, -5), 7)]
    assert remind_daily(due, TODAY, only={later(due, 3)}) == [(later(due, 3), DAY_AFTER)]


@given(st.integers(1, 90), st.sets(st.integers(0, 150), max_size=40), st.lists(spans, max_size=2))
def test_whatever_days_the_job_runs_each_step_is_sent_once_at_most_and_nobody_is_reminded_while_away(
    number: int, runs: set[int], away: list[tuple[date, date]]
) -> None:
    since = date(2026, 6, 1)
    due = later(since, number)
    sent = remind_daily(due, since, away=away, only={later(since, run) for run in runs})
    steps = [step for _, step in sent]
    assert len(set(steps)) == len(steps)
    assert steps == sorted(steps, reverse=True)  # ever more urgent
    assert not [day for day, _ in sent if any(first <= day <= last for first, last in away)]
    assert all(day >= later(due, -step) for day, step in sent)


# -- what is refused ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("until", "said"),
    [
        (date(2026, 3, 1), "to come"),
        (TODAY, "to come"),
        (date(2026, 5, 1), "due on 2026-05-01 already"),
        (date(2026, 4, 30), "due on 2026-05-01 already"),
        (date(2027, 5, 3), "a year at most"),
    ],
)
def test_no_extension_to_a_day_that_gives_no_time(until: date, said: str) -> None:
    with pytest.raises(BadExtension, match=said) as caught:
        check_extension(until, due_on=date(2026, 5, 1), today=TODAY)
    assert [fault.pointer for fault in caught.value.faults] == ["/until"]
    check_extension(date(2026, 5, 2), due_on=date(2026, 5, 1), today=TODAY)


@pytest.mark.parametrize(
    ("terms", "pointers"),
    [
        (RuleTerms(course="a", programme="b", due=Due(days=5, since=DueFrom.ASSIGNED)), ["/course"]),
        (RuleTerms(due=Due(days=5, since=DueFrom.ASSIGNED)), ["/course"]),
        (RuleTerms(course="a"), ["/due_on"]),
        (RuleTerms(course="a", due=Due(on=TODAY)), ["/due_on"]),
        (RuleTerms(course="a", due=Due(on=date(2099, 1, 1))), ["/due_on"]),
        (RuleTerms(course="a", due=Due(on=later(TODAY, 9), days=5, since=DueFrom.JOINING)), ["/due_on"]),
        (RuleTerms(course="a", due=Due(days=0, since=DueFrom.JOINING)), ["/due_days"]),
        (RuleTerms(course="a", due=Due(days=5)), ["/due_from"]),
        (RuleTerms(course="a", whom=Whom(kinds=()), due=Due(on=later(TODAY, 9))), ["/kinds"]),
        (RuleTerms(course="a", due=Due(on=later(TODAY, 9)), compulsory=True), ["/decision"]),
        (RuleTerms(course="a", due=Due(on=later(TODAY, 9)), compulsory=True, decision="ST/1"), []),
    ],
)
def test_each_fault_of_a_rule_is_named(terms: RuleTerms, pointers: list[str]) -> None:
    assert [fault.pointer for fault in faults_in(terms, today=TODAY)] == pointers
