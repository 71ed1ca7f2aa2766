"""Why each step is in a plan, what was left out and why: facts with a kind, which pages say in words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from lms.plans.domain.offers import HIGHEST_BY_COURSE, Learner, Offer
from lms.plans.domain.tailoring import Catalogue, Choice, Tailor, tailor

MOST_LEFT_OUT = 20
"""Courses left out that are named; a library of a thousand has hundreds, and nobody reads them."""


class Why(StrEnum):
    """Why a step is there."""

    CLOSES = "closes"  # competency, wanted, held, by_quizzes, by_work
    OWN_FOCUS = "own_focus"  # focuses
    EVERY_FOCUS = "every_focus"
    OWN_MODALITY = "own_modality"  # modality
    NEEDS = "needs"  # courses that are to be taken, or were completed, before
    NEEDED_BY = "needed_by"  # courses
    WORK_LEFT = "work_left"  # the course is completed; its work is still to be assessed
    PINNED = "pinned"
    ASSIGNED = "assigned"  # due_on, compulsory
    PRACTICE_ONLY = "practice_only"  # competency, wanted, held: no course gives this level


class WhyNot(StrEnum):
    """Why a course that teaches something missing, or a level, was left out."""

    DROPPED = "dropped"
    OTHER_AUDIENCE = "other_audience"
    OTHER_LANGUAGE = "other_language"  # languages
    OTHER_FOCUS = "other_focus"  # focuses
    PREREQUISITE_MISSING = "prerequisite_missing"  # courses
    COMPLETED = "completed"  # it is completed and valid, and gives nothing more
    COVERED = "covered"  # courses that give the same
    NO_TIME = "no_time"  # minutes it would take, minutes left
    NOBODY_TEACHES = "nobody_teaches"  # competency, wanted, reached


@dataclass(frozen=True, slots=True)
class Reason:
    """A fact that says why: its kind, and keys and numbers for the sentence."""

    kind: Why | WhyNot
    facts: Mapping[str, Any] = field(default_factory=dict)


class StepKind(StrEnum):
    """What a step asks of a person."""

    COURSE = "course"
    PRACTICE = "practice"  # do, describe and have confirmed


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a plan. `key` is a course's, or of practice a competency's; `minutes` still to be spent."""

    kind: StepKind
    key: str
    minutes: int
    with_work: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A course, or a competency whose level stays open, and why."""

    key: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class GapLine:
    """A competency of the profile: wanted, held, and held once the plan's courses are done."""

    competency: str
    wanted: int
    held: int
    planned: int


@dataclass(frozen=True, slots=True)
class Tailored:
    """A plan with its reasons. `more_left_out` counts what is not named."""

    steps: tuple[Step, ...]
    left_out: tuple[LeftOut, ...]
    gap: tuple[GapLine, ...]
    minutes: int
    more_left_out: int = 0


def tailored(catalogue: Catalogue, learner: Learner) -> Tailored:
    """The plan for one person, explained."""
    return _Explanation(catalogue, learner, tailor(catalogue, learner)).whole()


class _Explanation:
    def __init__(self, catalogue: Catalogue, learner: Learner, choices: list[Choice]) -> None:
        self.catalogue, self.learner = catalogue, learner
        self.choices = {choice.course: choice for choice in choices}
        self.tailor = Tailor(catalogue, learner)
        self.planned = self._planned()

    def whole(self) -> Tailored:
        courses = [self._step(choice) for choice in self.choices.values()]
        left_out, more = self._left_out()
        wanted = sorted(key for key, level in self.learner.wanted.items() if level)
        return Tailored(
            steps=(*courses, *self._practice()),
            left_out=tuple(left_out),
            gap=tuple(self._gap_line(key) for key in wanted),
            minutes=sum(step.minutes for step in courses),
            more_left_out=more,
        )

    def _planned(self) -> dict[str, int]:
        """Levels once the plan is done."""
        levels = dict(self.learner.held)
        for choice in self.choices.values():
            offer = self.catalogue.offers[choice.course]
            for key, level in (offer.teaches if choice.with_work else offer.levels).items():
                levels[key] = max(level, levels.get(key, 0))
        return levels

    def _gap_line(self, key: str) -> GapLine:
        held = self.learner.held.get(key, 0)
        return GapLine(key, self.learner.wanted[key], held, self.planned.get(key, held))

    # -- steps ---------------------------------------------------------------------------------------------

    def _step(self, choice: Choice) -> Step:
        offer, done = self.catalogue.offers[choice.course], choice.course in self.learner.completed
        minutes = (0 if done else offer.minutes) + (offer.work_minutes if choice.with_work else 0)
        reasons = (*self._closes(offer, choice, done=done), *self._suits(offer), *self._order(offer))
        return Step(StepKind.COURSE, choice.course, minutes, choice.with_work, reasons)

    def _closes(self, offer: Offer, choice: Choice, *, done: bool) -> Iterator[Reason]:
        if done:
            yield Reason(Why.WORK_LEFT)
        for key in sorted(offer.teaches):
            wanted, held = self.learner.wanted.get(key, 0), self.learner.held.get(key, 0)
            by_quizzes = 0 if done else offer.levels.get(key, 0)
            by_work = offer.work_levels.get(key, 0) if choice.with_work else 0
            if wanted > held and max(by_quizzes, by_work) > held:
                facts = {"competency": key, "wanted": wanted, "held": held}
                yield Reason(Why.CLOSES, facts | {"by_quizzes": by_quizzes, "by_work": by_work})
        if offer.key in self.learner.assigned:
            yield Reason(Why.ASSIGNED)  # its facts are the person's own: `plans.service.making` adds them
        if offer.key in self.learner.pinned:
            yield Reason(Why.PINNED)

    def _suits(self, offer: Offer) -> Iterator[Reason]:
        own = sorted(offer.focuses & self.learner.focuses)
        if own:
            yield Reason(Why.OWN_FOCUS, {"focuses": own})
        elif not offer.focuses:
            yield Reason(Why.EVERY_FOCUS)
        if self.learner.modality in offer.modalities:
            yield Reason(Why.OWN_MODALITY, {"modality": self.learner.modality})

    def _order(self, offer: Offer) -> Iterator[Reason]:
        if offer.prerequisites and offer.key not in self.learner.completed:
            yield Reason(Why.NEEDS, {"courses": list(offer.prerequisites)})
        needing = [key for key in self.choices if offer.key in self.catalogue.offers[key].prerequisites]
        if needing:
            yield Reason(Why.NEEDED_BY, {"courses": needing})

    def _practice(self) -> Iterator[Step]:
        """Levels that no course gives are shown in practice."""
        for key in sorted(self.learner.gap):
            wanted, held = self.learner.wanted[key], self.learner.held.get(key, 0)
            if wanted > HIGHEST_BY_COURSE:
                facts = {"competency": key, "wanted": wanted, "held": held}
                yield Step(StepKind.PRACTICE, key, 0, reasons=(Reason(Why.PRACTICE_ONLY, facts),))

    # -- what was left out ---------------------------------------------------------------------------------

    def _left_out(self) -> tuple[list[LeftOut], int]:
        """What is named, and how many more courses there are."""
        levels = list(self._open_levels())
        courses = [offer for offer in self._useful() if offer.key not in self.choices]
        named = courses[: max(0, MOST_LEFT_OUT - len(levels))]
        return [*levels, *(LeftOut(each.key, self._why_not(each)) for each in named)], len(courses) - len(
            named
        )

    def _open_levels(self) -> Iterator[LeftOut]:
        """Levels that stay open although no plan could close them."""
        for key in sorted(self.learner.gap):
            wanted = min(self.learner.wanted[key], HIGHEST_BY_COURSE)
            taught = max((offer.teaches[key] for offer in self.catalogue.teaching.get(key, ())), default=0)
            held = self.learner.held.get(key, 0)
            if held < wanted and taught < wanted:
                facts = {"competency": key, "wanted": wanted, "reached": max(taught, held)}
                yield LeftOut(key, Reason(WhyNot.NOBODY_TEACHES, facts))

    def _useful(self) -> Iterable[Offer]:
        """Offers that teach a missing level, by key."""
        gap = self.learner.gap
        useful = {
            offer.key: offer
            for competency in gap
            for offer in self.catalogue.teaching.get(competency, ())
            if offer.teaches[competency] > self.learner.held.get(competency, 0)
        }
        return (useful[key] for key in sorted(useful))

    def _why_not(self, offer: Offer) -> Reason:
        who = self.learner
        if offer.key in who.dropped:
            return Reason(WhyNot.DROPPED)
        if who.audience and offer.audiences and who.audience not in offer.audiences:
            return Reason(WhyNot.OTHER_AUDIENCE)
        if who.languages and offer.languages and who.languages.isdisjoint(offer.languages):
            return Reason(WhyNot.OTHER_LANGUAGE, {"languages": sorted(offer.languages)})
        if offer.focuses and who.focuses.isdisjoint(offer.focuses):
            return Reason(WhyNot.OTHER_FOCUS, {"focuses": sorted(offer.focuses)})
        if offer.key in who.completed and (offer.key in who.worked or not offer.work_minutes):
            return Reason(WhyNot.COMPLETED)
        needed = self.tailor.needed(offer.key)
        if needed is None or not needed.isdisjoint(who.dropped):
            return Reason(WhyNot.PREREQUISITE_MISSING, {"courses": list(offer.prerequisites)})
        return self._covered(offer) or self._no_time(offer, needed)

    def _covered(self, offer: Offer) -> Reason | None:
        """What it would give is given by others."""
        gap = self.learner.gap
        taught = offer.work_levels if offer.key in self.learner.completed else offer.teaches
        gives = {key: min(level, gap[key]) for key, level in taught.items() if key in gap}
        if any(level > self.planned.get(key, 0) for key, level in gives.items()):
            return None
        others = [
            key for key in self.choices if any(each in self.catalogue.offers[key].teaches for each in gives)
        ]
        return Reason(WhyNot.COVERED, {"courses": others})

    def _no_time(self, offer: Offer, needed: frozenset[str]) -> Reason:
        spent = sum(self._step(choice).minutes for choice in self.choices.values())
        before = sum(self.catalogue.offers[key].minutes for key in needed if key not in self.choices)
        takes = before + (offer.work_minutes if offer.key in self.learner.completed else offer.minutes)
        left = max(0, (self.learner.budget or 0) - spent)
        return Reason(WhyNot.NO_TIME, {"minutes": takes, "left": left})
