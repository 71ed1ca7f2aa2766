"""Look for the plan that closes the most of a gap in the time there is.

What is looked for is a set of courses, each with or without its assessed work, closed under prerequisites and within
the budget. It is better when it closes more levels, then when more of it is made for the person's own focus and
modality, then when it takes less time; keys break what ties are left, so the same facts give the same plan.

That is a budgeted coverage problem with precedence (NP-hard), so the best is not always found. Courses that give the
same for more time are set aside first; then the plan grows by the most levels an hour, from several starts; last it
is made better by taking each step out in turn and filling up anew. `tests/plans` compares with all plans there are.

A set of levels is an integer with a bit for each level of the gap, so that what an option adds to a draft is the
number of bits of one that the other lacks.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from heapq import nsmallest

from lms.plans.domain.offers import HIGHEST_LEVEL, Learner, Offer

STARTS = 4
"""How many different first choices are tried."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A course with or without its work."""

    course: str
    with_work: bool


class Catalogue:
    """Offers by key and by what they teach; made once for everybody who is planned with them."""

    def __init__(self, offers: Iterable[Offer]) -> None:
        self.offers = {offer.key: offer for offer in sorted(offers, key=lambda each: each.key)}
        self.teaching: dict[str, list[Offer]] = {}
        for offer in self.offers.values():
            for competency in offer.teaches:
                self.teaching.setdefault(competency, []).append(offer)


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may be added: a choice, the levels it closes, and what must come before it."""

    choice: Choice
    gives: int
    minutes: int  # of the choice alone
    weight: float  # of its levels: a little more for one's own focus and modality
    before: frozenset[str]


@dataclass(slots=True)
class Draft:
    """A plan as it grows: with or without work by course, levels closed, minutes spent."""

    chosen: dict[str, bool] = field(default_factory=dict)
    closed: int = 0
    minutes: int = 0

    def copy(self) -> "Draft":
        return Draft(dict(self.chosen), self.closed, self.minutes)


class Tailor:
    """One person's search. Everything about one person is worked out at most once."""

    def __init__(self, catalogue: Catalogue, learner: Learner) -> None:
        self.catalogue, self.learner = catalogue, learner
        self._levels = _bits(learner)
        self._needed: dict[str, frozenset[str] | None] = {}

    def needed(self, key: str) -> frozenset[str] | None:
        """Courses to be taken before this one; None when one of them is not on offer (or they run in a circle)."""
        if key not in self._needed:
            self._needed[key] = None  # as long as it is looked for: whoever meets itself cannot be taken
            self._needed[key] = self._look(key)
        return self._needed[key]

    def _look(self, key: str) -> frozenset[str] | None:
        found: set[str] = set()
        for before in self.catalogue.offers[key].prerequisites:
            if before in self.learner.completed:
                continue
            behind = self.needed(before) if before in self.catalogue.offers else None
            if behind is None:
                return None
            found |= {before, *behind}
        return frozenset(found)

    # -- what may be chosen --------------------------------------------------------------------------------

    def is_for(self, offer: Offer) -> bool:
        """Whether the course suits this person: audience, a language they read, their focus or every focus."""
        who = self.learner
        return (
            offer.key not in who.dropped
            and (who.audience is None or not offer.audiences or who.audience in offer.audiences)
            and (not who.languages or not offer.languages or not who.languages.isdisjoint(offer.languages))
            and (not offer.focuses or not who.focuses.isdisjoint(offer.focuses))
        )

    @cached_property
    def options(self) -> list[Option]:
        """What may be added, without what gives the same (or less) for more time."""
        best: dict[tuple[object, ...], Option] = {}
        seen: set[str] = set()
        for competency in self._levels:
            for offer in self.catalogue.teaching.get(competency, ()):
                if offer.key in seen or not self._may_be_taken(offer):
                    continue
                seen.add(offer.key)
                for option in self._options_of(offer):
                    like = (option.gives, option.before)
                    known = best.get(like)
                    if known is None or _cheaper(option) < _cheaper(known):
                        best[like] = option
        return sorted(best.values(), key=_cheaper)

    def _may_be_taken(self, offer: Offer) -> bool:
        if not (self.is_for(offer) or offer.key in self.learner.fixed):
            return False
        if offer.key in self.learner.completed:
            return True
        needed = self.needed(offer.key)
        return needed is not None and needed.isdisjoint(self.learner.dropped)

    def _options_of(self, offer: Offer) -> Iterator[Option]:
        done, who = offer.key in self.learner.completed, self.learner
        needed = frozenset() if done else self.needed(offer.key) or frozenset()
        weight = 1 + 0.05 * self.match(offer)
        before = 0
        for key in needed:
            before |= self._given(self.catalogue.offers[key].levels)
        plain = 0 if done else before | self._given(offer.levels)
        if plain:
            yield Option(Choice(offer.key, False), plain, offer.minutes, weight, needed)
        if offer.work_minutes and offer.key not in who.worked:
            both = before | self._given(offer.teaches)
            if both and both != plain:
                minutes = offer.work_minutes + (0 if done else offer.minutes)
                yield Option(Choice(offer.key, True), both, minutes, weight, needed)

    def _given(self, levels: Mapping[str, int]) -> int:
        """The levels of the gap that these levels close."""
        closed, known = 0, self._levels
        for key, level in levels.items():
            if key in known:
                closed |= known[key][level]
        return closed

    def match(self, offer: Offer) -> int:
        """2 for one's own focus, 1 for one's own modality, both or none."""
        own_focus = not self.learner.focuses.isdisjoint(offer.focuses)
        return 2 * own_focus + (self.learner.modality in offer.modalities)

    # -- what a draft is worth -----------------------------------------------------------------------------

    def _cost(self, draft: Draft, option: Option) -> int:
        course, with_work = option.choice.course, option.choice.with_work
        cost = option.minutes
        if course in draft.chosen:
            if draft.chosen[course] or not with_work:
                return 0
            cost = self.catalogue.offers[course].work_minutes
        for key in option.before:
            if key not in draft.chosen:
                cost += self.catalogue.offers[key].minutes
        return cost

    def _add(self, draft: Draft, option: Option) -> None:
        draft.minutes += self._cost(draft, option)
        for key in sorted(option.before):
            if key not in draft.chosen:
                draft.chosen[key] = False
        course = option.choice.course
        draft.chosen[course] = draft.chosen.get(course, False) or option.choice.with_work
        draft.closed |= option.gives

    # -- the search ----------------------------------------------------------------------------------------

    def best(self) -> Draft:
        """The best plan found."""
        start = self._pinned()
        candidates = [self._grown(start.copy())]
        for option in self._starts(start):
            draft = start.copy()
            self._add(draft, option)
            candidates.append(self._grown(draft))
        found = max(map(self._trimmed, candidates), key=self._worth)
        return self._improved(found, start)

    def _pinned(self) -> Draft:
        """What the person has decided to take or was assigned, with what it needs, whatever it costs."""
        draft = Draft()
        for key in sorted(self.learner.fixed - self.learner.completed):
            needed = self.needed(key)
            if needed is not None:
                offer = self.catalogue.offers[key]
                self._add(
                    draft, Option(Choice(key, False), self._given(offer.levels), offer.minutes, 0, needed)
                )
        return draft

    def _fits(self, draft: Draft, cost: int) -> bool:
        return self.learner.budget is None or draft.minutes + cost <= self.learner.budget

    def _grown(self, draft: Draft, without: frozenset[str] = frozenset()) -> Draft:
        """Filled up by the most levels an hour until nothing fits or nothing is missing."""
        room = self.learner.budget
        left = [each for each in self.options if each.choice.course not in without]
        if without:
            left = [each for each in left if without.isdisjoint(each.before)]
        while True:
            best, best_rank = None, 0.0
            open_bits, chosen = ~draft.closed, draft.chosen
            left = [each for each in left if each.gives & open_bits]
            for option in left:
                plain = not option.before and option.choice.course not in chosen
                cost = option.minutes if plain else self._cost(draft, option)
                if room is not None and draft.minutes + cost > room:
                    continue
                rank = (option.gives & open_bits).bit_count() * option.weight / max(cost, 1)
                if rank > best_rank:
                    best, best_rank = option, rank
            if best is None:
                return draft
            self._add(draft, best)

    def _starts(self, start: Draft) -> list[Option]:
        """First choices worth trying: those that close the most by themselves."""
        fitting = [each for each in self.options if self._fits(start, self._cost(start, each))]

        def rank(option: Option) -> tuple[int, int, str]:
            gain = (option.gives & ~start.closed).bit_count()
            return -gain, self._cost(start, option), option.choice.course

        return nsmallest(STARTS, fitting, key=rank)

    def _worth(self, draft: Draft) -> tuple[int, int, int, list[str]]:
        match = sum(self.match(self.catalogue.offers[key]) for key in draft.chosen)
        # Keys in reverse order, so that of two plans alike the one that comes first in the alphabet is greater.
        keys = [_reversed(key) for key in sorted(draft.chosen)]
        return draft.closed.bit_count(), -draft.minutes, match, keys

    def _trimmed(self, draft: Draft) -> Draft:
        """Without what turned out to give nothing that the rest does not give."""
        for key in sorted(draft.chosen, key=lambda each: (-self._minutes(draft, each), each)):
            for smaller in self._smaller(draft, key):
                if smaller.closed == draft.closed:
                    draft = smaller
                    break
        return draft

    def _before(self, key: str) -> frozenset[str]:
        return frozenset() if key in self.learner.completed else self.needed(key) or frozenset()

    def _minutes(self, draft: Draft, key: str) -> int:
        offer = self.catalogue.offers[key]
        own = 0 if key in self.learner.completed else offer.minutes
        return own + (offer.work_minutes if draft.chosen[key] else 0)

    def _smaller(self, draft: Draft, key: str) -> Iterator[Draft]:
        """The draft without a course, or at least without its work."""
        kept = {each: work for each, work in draft.chosen.items() if each != key}
        needed = any(key in self._before(each) for each in kept)
        if not needed and key not in self.learner.fixed:
            yield self._made(kept)
        if draft.chosen[key] and key not in self.learner.completed:
            yield self._made({**draft.chosen, key: False})

    def _made(self, chosen: Mapping[str, bool]) -> Draft:
        draft = Draft(dict(chosen))
        for key, with_work in chosen.items():
            offer = self.catalogue.offers[key]
            done = key in self.learner.completed
            draft.minutes += (0 if done else offer.minutes) + (offer.work_minutes if with_work else 0)
            draft.closed |= self._given(offer.teaches if with_work else {} if done else offer.levels)
        return draft

    def _improved(self, draft: Draft, start: Draft) -> Draft:
        """Each course taken out in turn and the room filled anew, for as long as that is better."""
        better = True
        while better:
            better = False
            for key in sorted(draft.chosen):
                other = self._without(draft, key, start)
                if other is not None and self._worth(other) > self._worth(draft):
                    draft, better = other, True
                    break
        return draft

    def _without(self, draft: Draft, key: str, start: Draft) -> Draft | None:
        if key in start.chosen:
            return None
        kept = {
            each: work for each, work in draft.chosen.items() if each != key and key not in self._before(each)
        }
        return self._trimmed(self._grown(self._made(kept), frozenset({key})))


def _cheaper(option: Option) -> tuple[int, float, str, bool]:
    return option.minutes, -option.weight, option.choice.course, option.choice.with_work


def _bits(learner: Learner) -> dict[str, tuple[int, ...]]:
    """For each competency of the gap, the bits that a level closes, by level from 0."""
    bits: dict[str, tuple[int, ...]] = {}
    used = 0
    for key in sorted(learner.wanted):
        missing = learner.missing(key)
        if missing:
            held = learner.held.get(key, 0)
            closing = (min(max(level - held, 0), missing) for level in range(HIGHEST_LEVEL + 1))
            bits[key] = tuple(((1 << many) - 1) << used for many in closing)
            used += missing
    return bits


def _reversed(key: str) -> str:
    return "".join(chr(0x10FFFF - ord(letter)) for letter in key)


def tailor(catalogue: Catalogue, learner: Learner) -> list[Choice]:
    """The courses of the plan, in the order of study: prerequisites first, then the most levels an hour first."""
    draft = Tailor(catalogue, learner).best()
    return list(_in_order(catalogue, draft))


def _in_order(catalogue: Catalogue, draft: Draft) -> Iterator[Choice]:
    """In the order in which courses were chosen, each after what it needs."""
    placed: set[str] = set()

    def place(key: str) -> Iterator[Choice]:
        if key in placed or key not in draft.chosen:
            return
        placed.add(key)
        for before in catalogue.offers[key].prerequisites:
            yield from place(before)
        yield Choice(key, draft.chosen[key])

    for key in draft.chosen:
        yield from place(key)
