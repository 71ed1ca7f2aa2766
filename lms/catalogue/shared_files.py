"""taxonomy.yaml, its translations and providers.yaml: from data that fits its schema to the words of the domain."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from .domain import Competency, FindingList, Label, Level, Provider, ProviderKind, SkillArea, Tag, Taxonomy
from .yaml_lines import Located, Place


def check_shared_keys(located: Located, findings: FindingList) -> None:
    """A key names one thing only, in each list of a shared file; competencies across all skill areas."""
    seen: dict[tuple[str, str], int | None] = {}
    for place, line in located.lines.items():
        if place[-1:] not in [("key",), ("source",)]:
            continue
        sort = next((str(each) for each in reversed(place[:-1]) if isinstance(each, str)), "")
        value = _at(located.data, place)
        if isinstance(value, str) and (sort, value) in seen:
            findings.error(line, f'"{value}" already stands on line {seen[sort, value]}.')
        elif isinstance(value, str):
            seen[sort, value] = line


def taxonomy_from(data: Any) -> Taxonomy:
    """taxonomy.yaml, which has been found sound, as the domain's words."""
    levels = (
        Level(each["level"], each["key"], label_from(each["name"]), each["says"]) for each in data["levels"]
    )
    return Taxonomy(
        version=data["version"],
        focuses=_tags(data["focuses"]),
        modalities=_tags(data["modalities"]),
        audiences=_tags(data["audiences"]),
        levels=tuple(sorted(levels, key=lambda level: level.level)),
        evidence_ceilings={each["source"]: each["max_level"] for each in data["evidence_ceilings"]},
        skill_areas=tuple(_skill_area(each) for each in data["skill_areas"]),
    )


def check_taxonomy_words(taxonomy: Taxonomy, located: Located, findings: FindingList) -> None:
    """A translation has words for every competency and for no other."""
    known = {each.key for each in taxonomy.competencies}
    translated = located.data["competencies"]
    for key in translated:
        if key not in known:
            line = located.line("competencies", key)
            findings.error(line, f'taxonomy.yaml has no competency "{key}".')
    for key in sorted(known - set(translated)):
        findings.error(located.line("competencies"), f'The words for "{key}" are missing.')


def with_words(taxonomy: Taxonomy, language: str, data: Any) -> Taxonomy:
    """The taxonomy with the names and level texts of its competencies in one more language."""
    words = data["competencies"]
    areas = (
        replace(area, competencies=tuple(_in_language(area.competencies, language, words)))
        for area in taxonomy.skill_areas
    )
    return replace(taxonomy, skill_areas=tuple(areas))


def _in_language(competencies: Iterable[Competency], language: str, words: Any) -> Iterable[Competency]:
    for each in competencies:
        own = words[each.key]
        levels = {
            level: Label({**label.texts, language: own["levels"][str(level)]})
            for level, label in each.levels.items()
        }
        yield replace(each, name=Label({**each.name.texts, language: own["name"]}), levels=levels)


def providers_from(data: Any) -> dict[str, Provider]:
    """providers.yaml, which has been found sound, by key."""
    return {
        each["key"]: Provider(each["key"], each["name"], ProviderKind(each["kind"]))
        for each in data["providers"]
    }


def _at(data: Any, place: Place) -> Any:
    for step in place:
        data = data[step]
    return data


def label_from(said: Any) -> Label:
    """A text as the files write it: English alone, or by language."""
    return Label({"en": said}) if isinstance(said, str) else Label(dict(said))


def _tags(items: list[Any]) -> tuple[Tag, ...]:
    return tuple(Tag(each["key"], label_from(each["name"]), each.get("says", "")) for each in items)


def _skill_area(data: Any) -> SkillArea:
    competencies = tuple(
        Competency(
            each["key"],
            label_from(each["name"]),
            {int(level): label_from(text) for level, text in each["levels"].items()},
        )
        for each in data["competencies"]
    )
    return SkillArea(data["key"], label_from(data["name"]), competencies)
