"""course.yaml as it was written, sound or not, so that every later check can still look at what is there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .domain import ActivityKind
from .yaml_lines import Located, Place


@dataclass(frozen=True, slots=True)
class Named:
    """A word that course.yaml uses, and where."""

    place: Place
    word: str


@dataclass(frozen=True, slots=True)
class Structure:
    """Tolerant reading of course.yaml: what has the wrong form is left out, since the schema tells of it."""

    folder: str
    located: Located

    def line(self, *place: str | int) -> int | None:
        """The line of a place in course.yaml."""
        return self.located.line(*place)

    def text(self, field: str) -> str | None:
        """A text field at the top."""
        value = self._top(field)
        return value if isinstance(value, str) else None

    def words(self, field: str) -> list[Named]:
        """The texts in a list at the top: languages, focuses, prerequisites, ..."""
        return [Named((field, index), each) for index, each in self._items(field) if isinstance(each, str)]

    def groups(self, field: str) -> list[tuple[Place, dict[str, Any]]]:
        """The groups of fields in a list at the top: modules, teaches, sources."""
        return [((field, index), each) for index, each in self._items(field) if isinstance(each, dict)]

    def group(self, field: str) -> dict[str, Any] | None:
        """A group of fields at the top: release, renewal."""
        value = self._top(field)
        return value if isinstance(value, dict) else None

    @property
    def lapses(self) -> bool:
        """Whether a completion of the course counts for a time only; a material edition makes any lapse."""
        release = self.group("release") or {}
        return bool(
            self._top("validity_months")
            or self._top("lapses_each_year_on")
            or release.get("change") == "material"
        )

    @property
    def activities(self) -> list[tuple[Place, dict[str, Any]]]:
        """Every activity with its place, in the order of study."""
        found: list[tuple[Place, dict[str, Any]]] = []
        for place, module in self.groups("modules"):
            items = module.get("activities")
            for index, each in enumerate(items if isinstance(items, list) else []):
                if isinstance(each, dict):
                    found.append(((*place, "activities", index), each))
        return found

    @property
    def activity_kinds(self) -> dict[str, ActivityKind]:
        """The kind of each activity whose key and kind can be read: the files each language must have."""
        kinds = {kind.value for kind in ActivityKind}
        pairs = [(each.get("key"), each.get("kind")) for _, each in self.activities]
        return {key: ActivityKind(kind) for key, kind in pairs if isinstance(key, str) and kind in kinds}

    @property
    def activity_keys(self) -> list[str]:
        """The key of each activity, whatever its kind."""
        return [each["key"] for _, each in self.activities if isinstance(each.get("key"), str)]

    @property
    def module_keys(self) -> list[str]:
        """The modules' keys."""
        return [each["key"] for _, each in self.groups("modules") if isinstance(each.get("key"), str)]

    @property
    def source_lines(self) -> dict[str, int]:
        """The id of each source, with its line."""
        return {
            each["id"]: self.line(*place, "id") or 1
            for place, each in self.groups("sources")
            if isinstance(each.get("id"), str)
        }

    @property
    def languages(self) -> list[str]:
        """The languages declared, each once."""
        return list(dict.fromkeys(each.word for each in self.words("languages")))

    def _top(self, field: str) -> Any:
        return self.located.data.get(field) if isinstance(self.located.data, dict) else None

    def _items(self, field: str) -> Iterator[tuple[int, Any]]:
        value = self._top(field)
        return enumerate(value if isinstance(value, list) else [])
