"""profiles/<key>.yaml: what is wrong with one, and from sound data to the words of the domain."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from .domain import Course, FindingList, Requirement, TargetProfile, Taxonomy
from .domain.profiles import DefaultFor
from .schema_check import did_you_mean
from .shared_files import label_from
from .yaml_lines import Located

FOLDER = "profiles"
TAUGHT_AT_MOST = 2
"""No course gives more; what a profile asks beyond is shown in practice."""


def check_profile(located: Located, *, key: str, taxonomy: Taxonomy | None, findings: FindingList) -> None:
    """A profile of the right shape against its file's name, itself and the taxonomy."""
    if located.data["key"] != key:
        sentence = (
            f'The key is "{located.data["key"]}", but the file is called "{key}.yaml"; they must agree.'
        )
        findings.error(located.line("key"), sentence)
    _check_once(located, findings)
    if taxonomy is None:
        return
    _check_known(
        located,
        (
            (("requires", at, "competency"), each["competency"])
            for at, each in enumerate(located.data["requires"])
        ),
        "competency",
        [each.key for each in taxonomy.competencies],
        findings,
    )
    focuses = located.data.get("default_for", {}).get("focuses", [])
    places = ((("default_for", "focuses", at), each) for at, each in enumerate(focuses))
    _check_known(located, places, "focus", [each.key for each in taxonomy.focuses], findings)


def _check_once(located: Located, findings: FindingList) -> None:
    lines: dict[str, int | None] = {}
    for at, each in enumerate(located.data["requires"]):
        competency, line = each["competency"], located.line("requires", at, "competency")
        if competency in lines:
            findings.error(line, f'"{competency}" is asked for on line {lines[competency]} already.')
        lines.setdefault(competency, line)


def _check_known(
    located: Located,
    named: Iterable[tuple[tuple[str | int, ...], str]],
    sort: str,
    known: list[str],
    findings: FindingList,
) -> None:
    for place, word in named:
        if word not in known:
            sentence = f'taxonomy.yaml has no {sort} "{word}".{did_you_mean(word, known)}'
            findings.error(located.line(*place), sentence)


def note_untaught(
    profiles: Iterable[tuple[TargetProfile, Located, FindingList]], courses: Iterable[Course]
) -> None:
    """A note for each requirement that no course leads to, as far as courses go."""
    reached = highest_taught(courses)
    for profile, located, findings in profiles:
        for at, sentence in _untaught(profile, reached):
            findings.note(located.line("requires", at, "competency"), sentence)


def highest_taught(courses: Iterable[Course]) -> Mapping[str, int]:
    """The highest level that any of these courses gives, by competency."""
    reached: dict[str, int] = {}
    for course in courses:
        for each in course.teaches:
            level = max(each.level, each.assessed_level or 0)
            reached[each.competency] = max(level, reached.get(each.competency, 0))
    return reached


def _untaught(profile: TargetProfile, reached: Mapping[str, int]) -> Iterator[tuple[int, str]]:
    for at, each in enumerate(profile.requires):
        wanted, taught = min(each.level, TAUGHT_AT_MOST), reached.get(each.competency, 0)
        if taught == 0:
            yield at, f'No course teaches "{each.competency}" yet; who has this profile cannot learn it here.'
        elif taught < wanted:
            yield (
                at,
                f'Courses teach "{each.competency}" up to level {taught}; this profile asks for {each.level}.',
            )


def profile_from(data: Any) -> TargetProfile:
    """A profile's file, which has been found sound, as the domain's words."""
    given = data.get("default_for", {})
    return TargetProfile(
        key=data["key"],
        name=label_from(data["name"]),
        says=label_from(data["says"]),
        requires=tuple(
            Requirement(each["competency"], each["level"], label_from(each["why"]))
            for each in data["requires"]
        ),
        default_for=DefaultFor(
            **{name: tuple(given.get(name, ())) for name in ("roles", "focuses", "kinds")}
        ),
    )
