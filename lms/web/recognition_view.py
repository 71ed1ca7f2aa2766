"""What the recognition pages show of a report: months and competencies as charts, lines with the facts under them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from lms.catalogue.domain import Taxonomy
from lms.catalogue.queries import CourseTitle
from lms.completions.domain import UNCOUNTED, Source
from lms.kernel import clock
from lms.kernel.i18n import format_day, format_minutes, format_month, format_number, format_points, translator
from lms.recognition.domain import Line, Period, PolicyLine, RecognitionPolicy
from lms.reports.recognition import Opened
from lms.web.charts import Bar, Column
from lms.web.words import completion_sources, evidence_sources

MONTHS_AT_MOST = 24  # of a chart; a longer period is shown by year


# -- charts ------------------------------------------------------------------------------------------------


def months_of(period: Period, *, today: date) -> list[date]:
    """The first days of the period's whole months, without those that have not begun."""
    whole, _ = period.split()
    if whole is None:
        return []
    month, months = whole[0], []
    while month <= min(whole[1], clock.first_of_month(today)):
        months.append(month)
        month = clock.first_of_month(month + timedelta(days=32))
    return months


def month_columns(rows: Iterable[Any], months: Sequence[date], language: str) -> list[Column]:
    """A column for each month, or for each year of a long period; a month without any is 0."""
    counts = {row.month: row.courses for row in rows}
    if len(months) > MONTHS_AT_MOST:
        years = sorted({month.year for month in months})
        return [
            Column(str(year), sum(n for month, n in counts.items() if month.year == year)) for year in years
        ]
    return [
        Column(format_month(month, language, short=True), counts.get(month, 0), group=str(month.year))
        for month in months
    ]


def competency_bars(rows: Iterable[Any], taxonomy: Taxonomy, language: str) -> list[Bar]:
    """A bar for each competency that somebody showed, the most first."""
    names = competency_names(taxonomy, language)
    bars = [Bar(names.get(row.competency, row.competency), row.people) for row in rows]
    return sorted(bars, key=lambda bar: (-(bar.value or 0), bar.label))


def competency_names(taxonomy: Taxonomy, language: str) -> dict[str, str]:
    """Names of competencies by key."""
    return {each.key: each.name.for_reader(language) for each in taxonomy.competencies}


# -- policy ------------------------------------------------------------------------------------------------


def in_language(texts: Mapping[str, str], language: str) -> str:
    """A text of a policy for the reader."""
    return texts.get(language) or texts["en"]


def worth(rule: PolicyLine, language: str) -> str:
    """What a unit of a line is worth, and its cap: "1.00 points for each hour, 15.00 at most"."""
    says = translator(language)
    points = format_points(rule.points, language)
    each = {
        "minutes": says.gettext("%(points)s for each hour", points=points),
        "courses": says.gettext("%(points)s for each course", points=points),
        "levels": says.gettext("%(points)s for each level", points=points),
    }[rule.counts]
    if rule.cap is None:
        return each
    return says.gettext("%(each)s, %(cap)s at most", each=each, cap=format_points(rule.cap, language))


def amount_words(line: Line, language: str) -> str:
    """How much a line counts, in its unit."""
    says = translator(language)
    if line.counts == "minutes":
        return format_minutes(line.amount, language)
    number = {"amount": format_number(line.amount, language)}
    if line.counts == "courses":
        return says.ngettext("%(amount)s course", "%(amount)s courses", line.amount, **number)
    return says.ngettext("%(amount)s level", "%(amount)s levels", line.amount, **number)


def why_not_counted(line: Line, policy: RecognitionPolicy, language: str) -> str | None:
    """The reason for what a line did not count."""
    says = translator(language)
    if line.reason == "line_cap":
        return says.gettext("above the most that this line may come to")
    if line.reason == "learning_cap":
        cap = format_points(policy.learning_cap, language)
        return says.gettext("above %(cap)s, the most that all learning may come to", cap=cap)
    return None


# -- facts under the lines ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompletionShown:
    """A completion under a line; `aside` says why it does not count, None when it does."""

    course: CourseTitle
    occurred_on: date
    minutes: int
    source: str
    sender: str | None
    evidence_words: str | None
    evidence_link: str | None
    aside: str | None


@dataclass(frozen=True, slots=True)
class RecordShown:
    """A skill record under a line; `aside` as for completions."""

    competency: str
    level: int
    level_name: str
    source: str
    course: CourseTitle | None
    occurred_on: date
    valid_until: date | None
    aside: str | None


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line of the report opened; `hidden` when part of its amount comes from facts the reader may not open."""

    key: str
    name: str
    amount: str
    worth: str | None
    points: int | None
    not_counted: int
    reason: str | None
    completions: list[CompletionShown] = field(default_factory=list)
    records: list[RecordShown] = field(default_factory=list)
    same_as: str | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class OpenedShown:
    """A person's lines, and the skill records that no line counts."""

    lines: list[LineShown]
    other_records: list[RecordShown]


def open_lines(
    opened: Opened,
    policy: RecognitionPolicy | None,
    *,
    titles: Mapping[UUID, CourseTitle],
    taxonomy: Taxonomy,
    language: str,
) -> OpenedShown:
    """Each line with the facts it was added up from; completions are listed under the first line that counts them."""
    completions = completions_shown(opened.completions, titles, language)
    records = records_shown(opened.skill_records, titles, taxonomy, language)
    rules = {rule.key: rule for rule in policy.lines} if policy else {}
    lines: list[LineShown] = []
    for line in opened.row.counted.lines:
        by_course = line.counts != "levels"
        first = next((each.name for each in lines if each.completions), None) if by_course else None
        mine = [] if by_course else [shown for source, shown in records if source == line.source]
        lines.append(
            LineShown(
                key=line.key,
                name=in_language(line.name, language) if policy else _fact_names(language)[line.key],
                amount=amount_words(line, language),
                worth=worth(rules[line.key], language) if policy else None,
                points=line.points,
                not_counted=line.not_counted,
                reason=why_not_counted(line, policy, language) if policy else None,
                completions=completions if by_course and first is None else [],
                records=mine,
                same_as=first,
                hidden=line.amount > _visible(line, completions, mine),
            )
        )
    counted = {line.source for line in opened.row.counted.lines}
    return OpenedShown(lines, [shown for source, shown in records if source not in counted])


def _fact_names(language: str) -> dict[str, str]:
    """Without a policy the lines are plain facts, named by us."""
    _ = translator(language).gettext
    return {"courses": _("Courses completed"), "hours": _("Learning hours")}


def _visible(line: Line, completions: Sequence[CompletionShown], records: Sequence[RecordShown]) -> int:
    """What the facts that the reader sees come to."""
    if line.counts == "levels":
        return sum(each.level for each in records if each.aside is None)
    counting = [each for each in completions if each.aside is None]
    return len(counting) if line.counts == "courses" else sum(each.minutes for each in counting)


def completions_shown(
    rows: Sequence[Any], titles: Mapping[UUID, CourseTitle], language: str
) -> list[CompletionShown]:
    """Completions, latest day first, each with why it does not count where it does not."""
    sources, says = completion_sources(language), translator(language)
    by_minutes = sorted(rows, key=lambda row: (-row.minutes, row.occurred_on))
    counting = _first_by(
        (row for row in by_minutes if row.source not in UNCOUNTED), lambda row: row.course_id
    )
    why = {
        Source.WAIVER: says.gettext("a waiver is no learning"),
        Source.EQUIVALENCE: says.gettext("it is counted as the course that it rests on"),
    }
    repeated = says.gettext("the same course counts once")
    return [
        CompletionShown(
            course=titles[row.course_version_id],
            occurred_on=row.occurred_on,
            minutes=row.minutes,
            source=sources.get(row.source, row.source),
            sender=row.sender,
            evidence_words=row.evidence_words,
            evidence_link=row.evidence_link,
            aside=_aside(row, counting, why.get(row.source, repeated), language),
        )
        for row in sorted(rows, key=lambda row: (row.occurred_on, row.id), reverse=True)
    ]


def records_shown(
    rows: Sequence[Any], titles: Mapping[UUID, CourseTitle], taxonomy: Taxonomy, language: str
) -> list[tuple[str, RecordShown]]:
    """Skill records with the key of their source, by name of the competency."""
    names, sources = competency_names(taxonomy, language), evidence_sources(language)
    levels = {each.level: each.name.for_reader(language) for each in taxonomy.levels}
    counting = _first_by(
        sorted(rows, key=lambda row: (-row.level, row.occurred_on)), lambda row: (row.source, row.competency)
    )
    repeated = translator(language).gettext("the highest level of a competency counts once")
    shown = [
        (
            row.source,
            RecordShown(
                competency=names.get(row.competency, row.competency),
                level=row.level,
                level_name=levels.get(row.level, ""),
                source=sources.get(row.source, row.source),
                course=titles.get(row.course_version_id),
                occurred_on=row.occurred_on,
                valid_until=row.valid_until,
                aside=_aside(row, counting, repeated, language),
            ),
        )
        for row in rows
    ]
    return sorted(shown, key=lambda pair: (pair[1].competency, -pair[1].level, pair[1].occurred_on))


def _first_by(rows: Iterable[Any], key: Any) -> set[UUID]:
    """Ids of the facts that count: the first of each key among those not revoked."""
    first: dict[Any, UUID] = {}
    for row in rows:
        if row.revoked_at is None:
            first.setdefault(key(row), row.id)
    return set(first.values())


def _aside(row: Any, counting: set[UUID], repeated: str, language: str) -> str | None:
    if row.revoked_at is None:
        return None if row.id in counting else repeated
    day = format_day(row.revoked_at.date(), language)
    reason = getattr(row, "revocation_reason", None)
    says = translator(language)
    if reason:  # isolated: its language may run the other way
        return says.gettext("revoked on %(day)s: %(reason)s", day=day, reason=f"\u2068{reason}\u2069")
    return says.gettext("revoked on %(day)s", day=day)
