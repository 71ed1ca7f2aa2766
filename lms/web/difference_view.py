"""The difference between two versions as pages show it: what became of each part, and its words side by side."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from lms.catalogue.domain import Activity, Attempts, Edition, Module
from lms.catalogue.domain.difference import ActivityDifference, Aspect, Difference, Standing, WordCount
from lms.catalogue.domain.wording import Row, compare, written
from lms.kernel.i18n import LANGUAGES, format_minutes, format_number, format_percent, translator

CONTEXT = 1  # paragraphs that are the same and stand beside one that is not


@dataclass(frozen=True, slots=True)
class ActivityView:
    """An activity: its title, in the language `written`, what became of it, and that in sentences."""

    key: str
    title: str
    written: str
    standing: str
    also_moved: bool
    says: list[str]


@dataclass(frozen=True, slots=True)
class ModuleView:
    """A module with all activities it has or had."""

    title: str
    written: str
    standing: str
    also_moved: bool
    activities: list[ActivityView]

    @property
    def touched(self) -> list[ActivityView]:
        """The activities that are not as before."""
        return [each for each in self.activities if each.standing != Standing.SAME]


@dataclass(frozen=True, slots=True)
class Sides:
    """A text in both versions: rows, and in place of more than a few that are the same how many those are."""

    title: str
    standing: str
    rows: list[Row | int]


class DifferenceView:
    """The difference of two editions, told in the reader's language."""

    def __init__(self, old: Edition, new: Edition, found: Difference, reader: str) -> None:
        self.old, self.new, self.found, self.reader = old, new, found, reader
        self._says = translator(reader)

    # -- what became of each part ------------------------------------------------------------------------------

    def modules(self) -> list[ModuleView]:
        """In the order of the new version; what was removed follows, each activity in the module it stood in last."""
        return [self._module(key) for key in self.found.modules]

    def _module(self, key: str) -> ModuleView:
        part = self.found.modules[key]
        edition = self.old if part.standing is Standing.REMOVED else self.new
        now, before = _activities(self.new, key), _activities(self.old, key)
        gone = [each for each in before if self.found.activities[each].after is None]
        shown = [*now, *gone]
        return ModuleView(
            title=edition.texts[edition.course.original].modules.get(key, key),
            written=edition.course.original,
            standing=part.standing.value,
            also_moved=part.moved and part.standing is not Standing.MOVED,
            activities=[self._activity(self.found.activities[each]) for each in shown],
        )

    def _activity(self, part: ActivityDifference) -> ActivityView:
        edition = self.new if part.after is not None else self.old
        original = edition.course.original
        return ActivityView(
            key=part.key,
            title=edition.activity_text(part.key, original).title,
            written=original,
            standing=part.standing.value,
            also_moved=part.moved and part.standing is not Standing.MOVED,
            says=list(self._aspects(part)),
        )

    def _aspects(self, part: ActivityDifference) -> Iterator[str]:
        names = self._names()
        for aspect in part.aspects:
            if aspect is Aspect.WORDS:
                yield from self.counts(part.words)
            elif aspect is Aspect.QUESTIONS:
                yield self._says.ngettext(
                    "%(num)d question counts otherwise",
                    "%(num)d questions count otherwise",
                    len(part.questions),
                )
            elif aspect is Aspect.RUBRIC:
                yield self._says.gettext("the rubric is another")
            else:
                before, after = self._value(aspect, part.before), self._value(aspect, part.after)
                yield self._says.gettext(
                    "%(what)s: %(before)s → %(after)s", what=names[aspect], before=before, after=after
                )

    def _names(self) -> dict[Aspect, str]:
        _ = self._says.gettext
        return {
            Aspect.KIND: _("Kind of activity"),
            Aspect.MINUTES: _("Time it takes"),
            Aspect.REQUIRED: _("Required"),
            Aspect.PASS_MARK: _("Pass mark"),
            Aspect.DRAW: _("Questions drawn"),
            Aspect.ATTEMPTS: _("Tries allowed"),
            Aspect.TIME_LIMIT: _("Time limit"),
        }

    def _value(self, aspect: Aspect, activity: Activity | None) -> str:
        """One value of an activity in words."""
        _ = self._says.gettext
        value: Any = getattr(activity, aspect.value)
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if value is None:
            return {Aspect.DRAW: _("all"), Aspect.PASS_MARK: "–"}.get(aspect, _("no limit"))
        if isinstance(value, Attempts):
            return _tries(value, self.reader)
        if aspect in (Aspect.MINUTES, Aspect.TIME_LIMIT):
            return format_minutes(value, self.reader)
        if aspect is Aspect.PASS_MARK:
            return format_percent(value / 100, self.reader)
        return format_number(value, self.reader) if aspect is Aspect.DRAW else self._kinds()[value]

    def _kinds(self) -> dict[str, str]:
        _ = self._says.gettext
        return {"page": _("Page to read"), "quiz": _("Quiz"), "assignment": _("Piece of work")}

    def counts(self, words: Sequence[WordCount]) -> Iterator[str]:
        """How many words of each language differ."""
        for each in words:
            yield self._says.gettext(
                "Words, %(language)s: %(added)s added, %(removed)s taken away",
                language=LANGUAGES[each.language].own_name if each.language in LANGUAGES else each.language,
                added=format_number(each.added, self.reader),
                removed=format_number(each.removed, self.reader),
            )

    # -- side by side ------------------------------------------------------------------------------------------

    def fields(self) -> list[Sides]:
        """What course.yaml says of the whole course, where it differs."""
        return [
            Sides(each.field, Standing.CHANGED.value, list(compare(_plain(each.before), _plain(each.after))))
            for each in self.found.fields
        ]

    def texts(self, language: str) -> list[Sides]:
        """Every text in this language that differs: the course's own words, then activity by activity."""
        _ = self._says.gettext
        found = []
        before, after = (_about(edition, language) for edition in (self.old, self.new))
        if before != after:
            found.append(
                Sides(_("The course’s own words"), Standing.CHANGED.value, folded(compare(before, after)))
            )
        for module in self.modules():
            for each in module.activities:
                before, after = (_words(edition, each.key, language) for edition in (self.old, self.new))
                if before != after:
                    found.append(Sides(each.title, each.standing, folded(compare(before, after))))
        return found


def folded(rows: Sequence[Row]) -> list[Row | int]:
    """Rows with long stretches of the same put into a number, but for what stands next to a change."""
    near = {
        beside
        for at, row in enumerate(rows)
        if not row.is_same
        for beside in range(at - CONTEXT, at + CONTEXT + 1)
    }
    found: list[Row | int] = []
    for at, row in enumerate(rows):
        if at in near:
            found.append(row)
        elif found and isinstance(found[-1], int):
            found[-1] += 1
        else:
            found.append(1)
    return found


def _activities(edition: Edition, module: str) -> list[str]:
    found: Module | None = next((each for each in edition.course.modules if each.key == module), None)
    return [each.key for each in found.activities] if found else []


def _words(edition: Edition, key: str, language: str) -> str:
    text = edition.texts.get(language)
    return written(text.activities.get(key)) if text else ""


def _about(edition: Edition, language: str) -> str:
    text = edition.texts.get(language)
    if text is None:
        return ""
    # In the order of study: what comes from the database has lost the order of its keys.
    titles = (text.modules.get(module.key, "") for module in edition.course.modules)
    return "\n\n".join([text.title, text.summary, text.about, *titles])


def _tries(limit: Attempts, reader: str) -> str:
    says = translator(reader)
    if limit.per_hours is None:
        return says.ngettext("At most %(num)d try", "At most %(num)d tries", limit.limit)
    return says.ngettext(
        "At most %(num)d try in %(hours)s hours",
        "At most %(num)d tries in %(hours)s hours",
        limit.limit,
        hours=format_number(limit.per_hours, reader),
    )


def _plain(value: Any) -> str:
    """A value of course.yaml, one entry a paragraph, so that entries are compared with each other."""
    if isinstance(value, list):
        return "\n\n".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {each}" for name, each in value.items())
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value)
