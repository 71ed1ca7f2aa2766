"""Levels of several trainings summed up: only of what is told of each, so that no difference tells more."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.domain.shown import GAINS, Band, Gained, Scored, sum_of_gained, sum_of_scored


@dataclass(frozen=True, slots=True)
class ClosedLevel:
    """A closed level of one training, as it is told."""

    training_id: UUID
    level: Level
    form_version: int
    form_digest: str
    asked: int
    answered: int
    result: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FormSum:
    """What one version of a form told, over all trainings of which anything is told.

    `untold`: trainings with fewer than five answers, which are in no sum. A question of which nothing is told is None.
    """

    kind: Kind
    version: int
    digest: str
    trainings: int
    untold: int
    people: int
    questions: Mapping[str, Scored]


@dataclass(frozen=True, slots=True)
class TestSum:
    """What the tests before and after told."""

    trainings: int
    untold: int
    gained: Gained | None


@dataclass(frozen=True, slots=True)
class Report:
    """Sums of the levels, in their order."""

    trainings: int
    forms: tuple[FormSum, ...]
    tests: TestSum


def scored_from(document: Mapping[str, Any]) -> Scored:
    """What is told of a question, from its JSON."""
    bands = tuple(Band(each["low"], each["high"], each["people"]) for each in document["bands"])
    return Scored(document["people"], document["total"], bands)


def gained_from(document: Mapping[str, Any]) -> Gained:
    """What is told of two tests, from its JSON."""
    return Gained(document["people"], document["before"], document["after"], _in_order(document["gains"]))


def _in_order(gains: Mapping[str, int | None]) -> dict[str, int | None]:
    return {band: gains[band] for band in GAINS}  # a JSON document keeps no order of its own


def questions_of(level: ClosedLevel, kind: Kind) -> dict[str, Scored]:
    """What a closed level tells of the questions of a form; empty: fewer than five answered."""
    part = level.result if kind is Kind.REACTION else level.result.get(kind.value, {})
    return {key: scored_from(each) for key, each in part.get("questions", {}).items() if each is not None}


def sum_up(closed: Sequence[ClosedLevel]) -> Report:
    """The report of these levels; forms of different versions stand beside each other."""
    forms = [
        *_forms(Kind.REACTION, [each for each in closed if each.level is Level.REACTION]),
        *_forms(Kind.BEHAVIOUR, [each for each in closed if each.level is Level.BEHAVIOUR]),
        *_forms(Kind.SUPERVISOR, [each for each in closed if each.level is Level.BEHAVIOUR]),
    ]
    return Report(
        trainings=len({each.training_id for each in closed}),
        forms=tuple(forms),
        tests=_tests([each for each in closed if each.level is Level.LEARNING]),
    )


def _forms(kind: Kind, closed: Sequence[ClosedLevel]) -> list[FormSum]:
    versions = sorted({(each.form_version, each.form_digest) for each in closed})
    return [
        _form(kind, version, digest, [each for each in closed if each.form_digest == digest])
        for version, digest in versions
    ]


def _form(kind: Kind, version: int, digest: str, closed: Sequence[ClosedLevel]) -> FormSum:
    told = [found for each in closed if (found := questions_of(each, kind))]
    keys = list(dict.fromkeys(key for each in told for key in each))
    sums = {key: sum_of_scored([each[key] for each in told if key in each]) for key in keys}
    questions = {key: each for key, each in sums.items() if each is not None}
    people = max((each.people for each in questions.values()), default=0)
    return FormSum(kind, version, digest, len(told), len(closed) - len(told), people, questions)


def _tests(closed: Sequence[ClosedLevel]) -> TestSum:
    told = [gained_from(found) for each in closed if (found := each.result.get("gained"))]
    return TestSum(len(told), len(closed) - len(told), sum_of_gained(told))
