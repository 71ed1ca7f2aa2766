"""The only tags courses, profiles and skill records may carry: focuses, modalities, competencies, levels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

FALLBACK_LANGUAGE = "en"


class UnknownTag(KeyError):
    """A key that taxonomy.yaml does not list."""

    def __init__(self, sort: str, key: str) -> None:
        super().__init__(key)
        self.sort, self.key = sort, key

    def __str__(self) -> str:
        return f'the taxonomy has no {self.sort} "{self.key}"'


@dataclass(frozen=True, slots=True)
class Label:
    """One text in one or more languages (BCP 47). Never empty."""

    texts: Mapping[str, str]

    def language_for(self, wanted: str) -> str:
        """The language `for_reader(wanted)` answers in: pages set `lang` and `dir` from it."""
        for language in (wanted, wanted.partition("-")[0], FALLBACK_LANGUAGE):
            if language in self.texts:
                return language
        return next(iter(self.texts))

    def for_reader(self, wanted: str) -> str:
        """The text in `wanted`, else in its base language (fr for fr-CA), else in English, else in any."""
        return self.texts[self.language_for(wanted)]


@dataclass(frozen=True, slots=True)
class Tag:
    """A focus, a modality or an audience. `says` explains it in English and may be empty."""

    key: str
    name: Label
    says: str = ""


@dataclass(frozen=True, slots=True)
class Level:
    """A proficiency level, 1 to 4, the same for every competency."""

    level: int
    key: str
    name: Label
    says: str


@dataclass(frozen=True, slots=True)
class Competency:
    """An ability. `levels` maps 1 to 4 to a text that finishes the sentence "The person ..."."""

    key: str
    name: Label
    levels: Mapping[int, Label]


@dataclass(frozen=True, slots=True)
class SkillArea:
    """Competencies that belong together: legal, finance, ..."""

    key: str
    name: Label
    competencies: tuple[Competency, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """courses/taxonomy.yaml. Lookups raise `UnknownTag`; keys never change once used."""

    version: int
    focuses: tuple[Tag, ...] = ()
    modalities: tuple[Tag, ...] = ()
    audiences: tuple[Tag, ...] = ()
    levels: tuple[Level, ...] = ()
    evidence_ceilings: Mapping[str, int] = field(default_factory=dict)
    skill_areas: tuple[SkillArea, ...] = ()

    @property
    def competencies(self) -> tuple[Competency, ...]:
        """Every competency, in the order of the file."""
        return tuple(competency for area in self.skill_areas for competency in area.competencies)

    def focus(self, key: str) -> Tag:
        """The focus with this key."""
        return _with_key(self.focuses, key, "focus")

    def modality(self, key: str) -> Tag:
        """The modality with this key."""
        return _with_key(self.modalities, key, "modality")

    def audience(self, key: str) -> Tag:
        """The audience with this key."""
        return _with_key(self.audiences, key, "audience")

    def skill_area(self, key: str) -> SkillArea:
        """The skill area with this key."""
        return _with_key(self.skill_areas, key, "skill area")

    def competency(self, key: str) -> Competency:
        """The competency with this key."""
        return _with_key(self.competencies, key, "competency")

    def area_of(self, competency: str) -> SkillArea:
        """The skill area a competency belongs to."""
        for area in self.skill_areas:
            if any(each.key == competency for each in area.competencies):
                return area
        raise UnknownTag("competency", competency)

    def level(self, level: int) -> Level:
        """The level with this number."""
        for each in self.levels:
            if each.level == level:
                return each
        raise UnknownTag("level", str(level))

    def ceiling(self, source: str) -> int:
        """The highest level one kind of evidence (`course`, `assessed_work`, ...) supports by itself."""
        if source not in self.evidence_ceilings:
            raise UnknownTag("source of evidence", source)
        return self.evidence_ceilings[source]


class _Keyed(Protocol):
    @property
    def key(self) -> str: ...


_K = TypeVar("_K", bound=_Keyed)


def _with_key(things: Iterable[_K], key: str, sort: str) -> _K:
    for thing in things:
        if thing.key == key:
            return thing
    raise UnknownTag(sort, key)
