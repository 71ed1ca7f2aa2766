"""What pages say of a learning plan's reasons: full sentences in the reader's language, with names for keys."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from markupsafe import Markup, escape

from lms.catalogue.domain import Label, Taxonomy, UnknownTag
from lms.catalogue.queries import CourseTitle
from lms.kernel.i18n import LANGUAGES, format_day, format_list, format_minutes, translator
from lms.plans.domain.explained import Why, WhyNot
from lms.plans.domain.offers import HIGHEST_BY_COURSE
from lms.web.course_view import foreign, said
from lms.web.templating import isolated

Facts = Mapping[str, Any]
Sentence = Callable[["Words", Facts], Markup]


@dataclass(frozen=True, slots=True)
class Words:
    """What the keys of a plan are called for one reader, and what this plan says about its courses.

    `steps` are the numbers of its courses, `completed` the courses the person has completed; `asked_by` is who
    proposed the plan, where somebody did, and `asked` the courses they ask for.
    """

    titles: Mapping[str, CourseTitle]
    taxonomy: Taxonomy
    reader: str
    steps: Mapping[str, int] = field(default_factory=dict)
    completed: frozenset[str] = frozenset()
    asked_by: str | None = None
    asked: frozenset[str] = frozenset()

    def gettext(self, message: str) -> str:
        """A text in the reader's language, with its places still open."""
        return translator(self.reader).gettext(message)

    def course(self, key: str) -> Markup:
        """A course's title, kept apart from the sentence around it; its key when it is not on offer any more."""
        known = self.titles.get(key)
        if known is None:
            return isolated(key)
        title = foreign(known.title, known.language, self.reader)
        return title if isinstance(title, Markup) else isolated(title)

    def courses(self, keys: Iterable[str]) -> Markup:
        """Titles in quotation marks, as a list in a sentence."""
        quoted = self.gettext("“%(course)s”")
        return self.listed(filled(quoted, course=self.course(key)) for key in keys)

    def competency(self, key: str) -> Markup:
        """A competency's name."""
        return self._tag(self.taxonomy.competency, key)

    def focuses(self, keys: Iterable[str]) -> Markup:
        """Names of focuses, as a list in a sentence."""
        return self.listed(self._tag(self.taxonomy.focus, key) for key in keys)

    def modality(self, key: str) -> Markup:
        """A way of working with partners."""
        return self._tag(self.taxonomy.modality, key)

    def languages(self, codes: Iterable[str]) -> Markup:
        """Languages by their own names."""
        return self.listed(isolated(LANGUAGES[each].own_name) for each in codes if each in LANGUAGES)

    def listed(self, items: Iterable[Markup]) -> Markup:
        """Items as a list in a sentence."""
        joined = format_list([str(each) for each in items], self.reader)
        return Markup(joined)  # noqa: S704 — every item is safe already, and the rest is the language's own "and"

    def _tag(self, find: Callable[[str], Any], key: str) -> Markup:
        try:
            label: Label = find(key).name
        except UnknownTag:
            return isolated(key)
        return isolated_label(label, self.reader)


def isolated_label(label: Label, reader: str) -> Markup:
    """A label of the taxonomy within a sentence."""
    text = said(label, reader)
    return text if isinstance(text, Markup) else isolated(text)


def filled(text: str, **values: Any) -> Markup:
    """A text with its places filled; what is put in is escaped unless it is safe already."""
    return escape(text) % values


# -- why a step is there -----------------------------------------------------------------------------------


def why(words: Words, step: Mapping[str, Any]) -> list[Markup]:
    """Why a step is in the plan, a sentence or two for each reason."""
    return [_WHY[Why(each["why"])](words, {"key": step["key"], **each["facts"]}) for each in step["reasons"]]


def _closes(words: Words, facts: Facts) -> Markup:
    wants = _wants(words, facts)
    if "held" not in facts:
        return wants
    quizzes, work = facts["by_quizzes"], facts["by_work"]
    if quizzes and work > quizzes:
        gives = words.gettext(
            "This course’s quizzes give level %(quizzes)s, and its piece of work, once assessed, gives level %(work)s."
        )
    elif work:
        gives = words.gettext("Its piece of work, once assessed, gives level %(work)s.")
    else:
        gives = words.gettext("This course’s quizzes give level %(quizzes)s.")
    return Markup(" ").join([wants, filled(gives, quizzes=quizzes, work=work)])


def _wants(words: Words, facts: Facts) -> Markup:
    name = words.competency(facts["competency"])
    if "held" not in facts:  # for whoever may not see where the person stands
        text = words.gettext("The target profile asks for “%(competency)s” at level %(wanted)s.")
        return filled(text, competency=name, wanted=facts["wanted"])
    if not facts["held"]:
        text = words.gettext(
            "Your profile asks for “%(competency)s” at level %(wanted)s; you have no valid record of it."
        )
    else:
        text = words.gettext(
            "Your profile asks for “%(competency)s” at level %(wanted)s; you stand at level %(held)s."
        )
    return filled(text, competency=name, wanted=facts["wanted"], held=facts["held"])


def _own_focus(words: Words, facts: Facts) -> Markup:
    text = words.gettext("It is made for your entity’s focus: %(focuses)s.")
    return filled(text, focuses=words.focuses(facts["focuses"]))


def _every_focus(words: Words, _: Facts) -> Markup:
    return filled(words.gettext("It serves every focus."))


def _own_modality(words: Words, facts: Facts) -> Markup:
    text = words.gettext("It is about the way in which you mainly work with partners: %(modality)s.")
    return filled(text, modality=words.modality(facts["modality"]))


def _needs(words: Words, facts: Facts) -> Markup:
    return Markup(" ").join(_need(words, key) for key in facts["courses"])


def _need(words: Words, key: str) -> Markup:
    if key in words.completed:
        text = words.gettext("It builds on “%(course)s”, which you have completed.")
    elif key in words.steps:
        text = words.gettext("It needs “%(course)s” first, which is step %(step)s.")
    else:
        text = words.gettext("It needs “%(course)s” first.")
    return filled(text, course=words.course(key), step=words.steps.get(key))


def _needed_by(words: Words, facts: Facts) -> Markup:
    text = words.gettext("It comes first, since %(courses)s cannot be taken without it.")
    return filled(text, courses=words.courses(facts["courses"]))


def _work_left(words: Words, _: Facts) -> Markup:
    return filled(words.gettext("You have completed this course; its piece of work is still to be assessed."))


def _pinned(words: Words, facts: Facts) -> Markup:
    if words.asked_by is not None and facts["key"] in words.asked:
        return filled(words.gettext("%(name)s asks for it."), name=isolated(words.asked_by))
    return filled(words.gettext("You want it in your plan, whatever else it holds."))


def _assigned(words: Words, facts: Facts) -> Markup:
    day = format_day(date.fromisoformat(facts["due_on"]), words.reader)
    if facts["compulsory"]:
        return filled(words.gettext("It was assigned to you as compulsory, due by %(day)s."), day=day)
    return filled(words.gettext("It was assigned to you, due by %(day)s."), day=day)


def _practice_only(words: Words, facts: Facts) -> Markup:
    text = words.gettext(
        "No course gives more than level %(highest)s: do it at work, describe what you did, and have it confirmed."
    )
    return Markup(" ").join([_wants(words, facts), filled(text, highest=HIGHEST_BY_COURSE)])


_WHY: dict[Why, Sentence] = {
    Why.CLOSES: _closes,
    Why.OWN_FOCUS: _own_focus,
    Why.EVERY_FOCUS: _every_focus,
    Why.OWN_MODALITY: _own_modality,
    Why.NEEDS: _needs,
    Why.NEEDED_BY: _needed_by,
    Why.WORK_LEFT: _work_left,
    Why.PINNED: _pinned,
    Why.ASSIGNED: _assigned,
    Why.PRACTICE_ONLY: _practice_only,
}


# -- why something was left out ----------------------------------------------------------------------------


def why_not(words: Words, left: Mapping[str, Any]) -> Markup:
    """Why a course, or a level of a competency, is not in the plan."""
    return _WHY_NOT[WhyNot(left["why"])](words, left["facts"])


def _plain(message: Callable[[Words], str]) -> Sentence:
    return lambda words, _: filled(message(words))


def _other_language(words: Words, facts: Facts) -> Markup:
    text = words.gettext("It is offered in %(languages)s, and none of these is among your languages.")
    return filled(text, languages=words.languages(facts["languages"]))


def _other_focus(words: Words, facts: Facts) -> Markup:
    text = words.gettext("It is made for another focus than your entity’s: %(focuses)s.")
    return filled(text, focuses=words.focuses(facts["focuses"]))


def _prerequisite_missing(words: Words, facts: Facts) -> Markup:
    text = words.gettext("What comes before it is not on offer, or you dropped it: %(courses)s.")
    return filled(text, courses=words.courses(facts["courses"]))


def _covered(words: Words, facts: Facts) -> Markup:
    if not facts["courses"]:
        return filled(words.gettext("It would give you nothing that you do not hold already."))
    text = words.gettext("What it would give you, your plan gives you already, by %(courses)s.")
    return filled(text, courses=words.courses(facts["courses"]))


def _no_time(words: Words, facts: Facts) -> Markup:
    text = words.gettext("It takes %(minutes)s, and of the time until your day %(left)s is left.")
    return filled(
        text,
        minutes=format_minutes(facts["minutes"], words.reader),
        left=format_minutes(facts["left"], words.reader),
    )


def _nobody_teaches(words: Words, facts: Facts) -> Markup:
    if not facts["reached"]:
        return filled(words.gettext("No course on offer teaches it yet."))
    text = words.gettext(
        "Your profile asks for level %(wanted)s; no course on offer goes beyond level %(reached)s."
    )
    return filled(text, wanted=facts["wanted"], reached=facts["reached"])


_WHY_NOT: dict[WhyNot, Sentence] = {
    WhyNot.DROPPED: _plain(lambda words: words.gettext("You dropped it.")),
    WhyNot.OTHER_AUDIENCE: _plain(lambda words: words.gettext("It is made for another audience.")),
    WhyNot.OTHER_LANGUAGE: _other_language,
    WhyNot.OTHER_FOCUS: _other_focus,
    WhyNot.PREREQUISITE_MISSING: _prerequisite_missing,
    WhyNot.COMPLETED: _plain(
        lambda words: words.gettext("You have completed it, and it has nothing more to give.")
    ),
    WhyNot.COVERED: _covered,
    WhyNot.NO_TIME: _no_time,
    WhyNot.NOBODY_TEACHES: _nobody_teaches,
}


# -- what a plan followed ----------------------------------------------------------------------------------


def cause(words: Words, change: Any) -> Markup:
    """What a change of the plan followed, as the beginning of a line."""
    if change.cause == "completions.course_completed" and change.completed:
        return filled(words.gettext("You completed “%(course)s”."), course=words.course(change.completed))
    said_of = {
        "completions.course_completed": words.gettext("You completed a course."),
        "completions.completion_revoked": words.gettext("A completion was revoked."),
        "enrolments.work_assessed": words.gettext("A piece of your work was assessed."),
        "people.person_changed": words.gettext("Your post, your languages or your entity changed."),
        "catalogue.course_published": words.gettext("Courses were published."),
        "assigned.assigned": words.gettext("What is assigned to you changed."),
        "learning_time": words.gettext("You changed your learning time."),
        "wish": words.gettext("You decided about a course."),
    }
    time = words.gettext("Time went by: what you hold, or what is left of it, changed.")
    return filled(said_of.get(change.cause, time))
