"""Recognition's arithmetic: raw amounts of a period, and a policy that may turn them into points, line by line.

All amounts are integers: minutes, counts, levels; points are in hundredths. What is kept per person and month
is one raw amount a *line*: `course:<key>` → minutes of the course, `level:<source>:<competency>` → level. Every
line is a maximum, over facts and over months: the same course taken twice in a period, or the same competency
shown twice at the same level, counts once, so totals can be merged in any order and a period is merged from
its months exactly.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from lms.kernel import clock
from lms.kernel.errors import Invalid, NotFound

LEARNING, PRACTICE = "learning", "practice"
ATTESTED_PRACTICE = "attested_practice"  # the source, as the taxonomy names it


class PolicyInvalid(Invalid):
    """A policy file that cannot be used; the detail says why."""

    type, title = "policy-invalid", "This recognition policy cannot be used"


class PolicyNotFound(NotFound):
    """No such policy."""

    type, title = "policy-not-found", "There is no such recognition policy"


def course_line(course_key: str) -> str:
    """The line of a course."""
    return f"course:{course_key}"


def level_line(source: str, competency: str) -> str:
    """The line of a competency as one source shows it."""
    return f"level:{source}:{competency}"


@dataclass(frozen=True, slots=True)
class Facts:
    """One person's raw amounts over a period: minutes by course, level by (source, competency)."""

    minutes_by_course: Mapping[str, int]
    levels: Mapping[tuple[str, str], int]

    @property
    def courses(self) -> int:
        """Different courses completed."""
        return len(self.minutes_by_course)

    @property
    def minutes(self) -> int:
        """Minutes of the courses completed."""
        return sum(self.minutes_by_course.values())

    @property
    def competencies(self) -> dict[str, int]:
        """Highest level by competency, whatever the source."""
        highest: dict[str, int] = {}
        for (_, competency), level in sorted(self.levels.items()):
            highest[competency] = max(level, highest.get(competency, 0))
        return highest


def facts_of(amounts: Iterable[tuple[str, int]]) -> Facts:
    """Merge (line, amount) pairs of any number of months; their order does not matter."""
    minutes: dict[str, int] = {}
    levels: dict[tuple[str, str], int] = {}
    for line, amount in amounts:
        kind, _, rest = line.partition(":")
        if kind == "course":
            minutes[rest] = max(amount, minutes.get(rest, 0))
        else:
            source, _, competency = rest.partition(":")
            levels[source, competency] = max(amount, levels.get((source, competency), 0))
    return Facts(minutes, levels)


# -- policy ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PolicyLine:
    """What one line counts and what a unit of it is worth.

    `counts` is "courses" (unit: a course), "minutes" (unit: 60 of them) or "levels" (unit: a level, of
    `source`). `points` and `cap` are in hundredths of a point; no cap means none.
    """

    key: str
    name: Mapping[str, str]
    counts: Literal["courses", "minutes", "levels"]
    points: int
    group: Literal["learning", "practice"] = "learning"
    source: str | None = None
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class RecognitionPolicy:
    """Lines, and the most that all learning together may come to (hundredths)."""

    key: str
    version: int
    title: Mapping[str, str]
    learning_cap: int
    lines: tuple[PolicyLine, ...]

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "RecognitionPolicy":
        """Read a policy's YAML or stored JSON; `PolicyInvalid` says what is wrong."""
        try:
            lines = tuple(PolicyLine(**line) for line in content["lines"])
            policy = cls(content["key"], content["version"], content["title"], content["learning_cap"], lines)
        except (KeyError, TypeError) as error:
            raise PolicyInvalid(f"A field is missing or unknown: {error}.") from error
        policy.check()
        return policy

    def check(self) -> None:
        """Raise unless weights are sound and practice can outweigh all learning together."""
        if type(self.learning_cap) is not int or self.learning_cap < 0:
            raise PolicyInvalid("learning_cap is in whole hundredths, not below zero.")
        for line in self.lines:
            if type(line.points) is not int or line.points < 0 or (line.cap is not None and line.cap < 0):
                raise PolicyInvalid(
                    f"Line {line.key!r}: points and cap are whole hundredths, none below zero."
                )
            if line.counts not in ("courses", "minutes", "levels") or (line.counts == "levels") != bool(
                line.source
            ):
                raise PolicyInvalid(f"Line {line.key!r}: counts courses, minutes, or levels of a source.")
            if line.group == PRACTICE and line.source != ATTESTED_PRACTICE:
                raise PolicyInvalid(f"Line {line.key!r}: a line of practice counts attested practice alone.")
        if len({line.key for line in self.lines}) < len(self.lines):
            raise PolicyInvalid("Two lines have the same key.")
        practice = [line for line in self.lines if line.group == PRACTICE and line.points]
        capped = all(line.cap is not None for line in practice)  # also where there is no practice at all
        if capped and sum(line.cap or 0 for line in practice) <= self.learning_cap:
            raise PolicyInvalid("Attested practice must be able to outweigh all learning together.")


def digest_of_policy(content: Mapping[str, Any]) -> str:
    """sha256 of the policy's canonical JSON."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


# -- counting ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a person's report. `points` is None without a policy; hundredths otherwise."""

    key: str
    name: Mapping[str, str]
    counts: str
    amount: int
    points: int | None
    source: str | None = None
    not_counted: int = 0  # hundredths above the cap
    reason: str | None = None  # why: "line_cap", "learning_cap"


@dataclass(frozen=True, slots=True)
class Counted:
    """A person's lines and their total, exactly the sum of the lines; None without a policy."""

    lines: tuple[Line, ...]
    total: int | None


FACT_LINES: tuple[PolicyLine, ...] = (
    PolicyLine("courses", {"en": "Courses completed"}, "courses", 0),
    PolicyLine("hours", {"en": "Learning hours"}, "minutes", 0),
)


def count(facts: Facts, policy: RecognitionPolicy | None) -> Counted:
    """Turn facts into lines: pure, so the same facts and policy give the same answer, with its reasons."""
    if policy is None:
        lines = tuple(
            Line(each.key, each.name, each.counts, _amount(facts, each), None) for each in FACT_LINES
        )
        return Counted(lines, None)
    left = policy.learning_cap
    counted = []
    for rule in policy.lines:
        line = _capped(rule, facts)
        if rule.group == LEARNING:
            line = _within_learning(line, left)
            left -= line.points or 0
        counted.append(line)
    return Counted(tuple(counted), sum(line.points or 0 for line in counted))


def _amount(facts: Facts, rule: PolicyLine) -> int:
    if rule.counts == "courses":
        return facts.courses
    if rule.counts == "minutes":
        return facts.minutes
    return sum(level for (source, _), level in facts.levels.items() if source == rule.source)


def _capped(rule: PolicyLine, facts: Facts) -> Line:
    amount = _amount(facts, rule)
    earned = amount * rule.points // 60 if rule.counts == "minutes" else amount * rule.points
    points = earned if rule.cap is None else min(earned, rule.cap)
    lost = earned - points
    reason = "line_cap" if lost else None
    return Line(rule.key, rule.name, rule.counts, amount, points, rule.source, lost, reason)


def _within_learning(line: Line, left: int) -> Line:
    points = min(line.points or 0, left)
    lost = (line.points or 0) - points
    if not lost:
        return line
    return Line(
        line.key,
        line.name,
        line.counts,
        line.amount,
        points,
        line.source,
        line.not_counted + lost,
        "learning_cap",
    )


# -- periods -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Period:
    """Days from `from_on` to `until_on`, both inclusive."""

    from_on: date
    until_on: date

    def __post_init__(self) -> None:
        if self.until_on < self.from_on:
            raise Invalid("The period ends before it starts.")
        if self.from_on.year < 1900 or self.until_on.year > 2200:
            raise Invalid("A period lies between 1900 and 2200.")

    def last_day(self, today: date) -> date:
        """The day by which people are listed: the period's last, or today if that is earlier."""
        return min(self.until_on, today)

    def split(self) -> tuple[tuple[date, date] | None, Sequence[tuple[date, date]]]:
        """Whole months as (first month, last month), or None; and the days of cut months as (from, until)."""
        first = self.from_on if self.from_on.day == 1 else _next_month(self.from_on)
        last = clock.first_of_month(self.until_on + timedelta(days=1)) - timedelta(days=1)
        if last < first:
            return None, [(self.from_on, self.until_on)]
        head = [(self.from_on, first - timedelta(days=1))] if self.from_on < first else []
        tail = [(last + timedelta(days=1), self.until_on)] if last < self.until_on else []
        return (first, clock.first_of_month(last)), head + tail


def _next_month(day: date) -> date:
    return clock.first_of_month(clock.first_of_month(day) + timedelta(days=32))


def days_in_service(
    period: Period,
    affiliations: Iterable[tuple[date, date | None, int]],
    absences: Iterable[tuple[date, date]],
) -> int:
    """Days of the period in service: part-time in proportion, less absences of a month (30 days) or more.

    `affiliations` are (from, until or None, working time in per cent); a day counts once, at the highest of them.
    Rounded down to whole days.
    """
    spans = [(start, end or period.until_on, share) for start, end, share in affiliations]
    away = [(start, end) for start, end in absences if (end - start).days + 1 >= 30]
    hundredths = 0
    for first, last in _stretches(period, [(start, end) for start, end, _ in spans] + away):
        if not any(start <= first <= end for start, end in away):
            share = max((share for start, end, share in spans if start <= first <= end), default=0)
            hundredths += share * ((last - first).days + 1)
    return hundredths // 100


def _stretches(period: Period, spans: Iterable[tuple[date, date]]) -> Iterable[tuple[date, date]]:
    """The period in stretches (first day, last day) within which no span starts or ends."""
    starts = {period.from_on.toordinal()}
    for start, end in spans:
        starts |= {start.toordinal(), end.toordinal() + 1}
    last = period.until_on.toordinal()
    inside = sorted(day for day in starts if period.from_on.toordinal() <= day <= last)
    for first, after in zip(inside, [*inside[1:], last + 1], strict=True):
        yield date.fromordinal(first), date.fromordinal(after - 1)
