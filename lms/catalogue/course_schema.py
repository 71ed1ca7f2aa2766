"""The shape of the files in courses/, as JSON Schema: what the loader checks and editors complete.

`courses/course.schema.json` is written from here by `python -m lms.catalogue.course_schema`; a test holds the
two equal. A `description` beside a `pattern`, `format`, `not` or `required` ends the sentence a writer reads
("... must be lower-case words joined by hyphens").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, TypeAlias

from lms.people.domain import AffiliationKind, Role

from .domain import ActivityKind, Change, ProviderKind

Schema: TypeAlias = dict[str, Any]

KEY_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)"
KEY_LENGTH = 80
KEY_FORM = "lower-case words (a-z, 0-9) joined by hyphens"
LANGUAGE_PATTERN = r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$(?!\n)"

TEXT: Schema = {"type": "string", "minLength": 1}
KEY: Schema = {"type": "string", "pattern": KEY_PATTERN, "description": KEY_FORM, "maxLength": KEY_LENGTH}
DAY: Schema = {"type": "string", "format": "date", "description": "a day written as 2026-11-23"}
LANGUAGE: Schema = {
    "type": "string",
    "pattern": LANGUAGE_PATTERN,
    "description": "a language code such as en, fr or zh-Hant",
}


def _whole(minimum: int, maximum: int) -> Schema:
    return {"type": "integer", "minimum": minimum, "maximum": maximum}


def _list(items: Schema, at_least: int = 0, *, unique: bool = True) -> Schema:
    return {"type": "array", "items": items, "minItems": at_least, "uniqueItems": unique}


def _fields(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """A mapping with these fields and no others."""
    properties = {**required, **(optional or {})}
    closed = {"type": "object", "properties": properties, "required": list(required)}
    return {**closed, "additionalProperties": False, **more}


def _only_for(kinds: str, *names: str) -> Schema:
    refused = {"not": {}, "description": f"has a meaning for {kinds} only; take it out"}
    return {"properties": dict.fromkeys(names, refused)}


def _when(field: str, *values: str) -> Schema:
    return {"properties": {field: {"enum": list(values)}}, "required": [field]}


MINUTES = _whole(1, 10_000)
LEVEL = _whole(1, 4)

ATTEMPTS = _fields({"limit": _whole(1, 1000)}, {"per_hours": _whole(1, 8760)})

ACTIVITY = _fields(
    {"key": KEY, "kind": {"enum": [kind.value for kind in ActivityKind]}, "minutes": MINUTES},
    {
        "required": {"type": "boolean", "default": True},
        "pass_mark": _whole(1, 100),
        "draw": _whole(1, 1000),
        "attempts": ATTEMPTS,
        "time_limit_minutes": MINUTES,
    },
    allOf=[
        {
            "if": _when("kind", "quiz", "assignment"),
            "then": {
                "required": ["pass_mark"],
                "description": "the per cent of the points that passes",
            },
        },
        {"if": _when("kind", "page"), "then": _only_for("quizzes and assignments", "pass_mark", "attempts")},
        {
            "if": _when("kind", "page", "assignment"),
            "then": _only_for("quizzes", "draw", "time_limit_minutes"),
        },
    ],
)

MODULE = _fields({"key": KEY, "minutes": MINUTES, "activities": _list(ACTIVITY, 1)})

RELEASE = _fields(
    {"change": {"enum": [change.value for change in Change]}, "note": TEXT},
    {"renew_by": DAY},
    allOf=[
        {
            "if": _when("change", "material"),
            "then": {"required": ["renew_by"], "description": "the day by which holders renew"},
        },
        {"if": _when("change", "editorial", "minor"), "then": _only_for("a material change", "renew_by")},
    ],
)

RENEWAL = _fields({}, {"window_days": _whole(1, 365), "modules": _list(KEY, 1)})
DAY_OF_YEAR: Schema = {
    "type": "string",
    "pattern": r"^((0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)$(?!\n)",
    "description": "a day of each year, written as 12-31",
}

SOURCE = _fields(
    {"id": KEY, "title": TEXT, "year": _whole(1900, 2100), "checked_on": DAY},
    {"symbol": TEXT},
)

COURSE: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "course.yaml",
    **_fields(
        {
            "key": KEY,
            "provider": KEY,
            "original": LANGUAGE,
            "languages": _list(LANGUAGE, 1),
            "audiences": _list(KEY, 1),
            "focuses": _list(KEY),
            "modalities": _list(KEY),
            "prerequisites": _list(KEY),
            "teaches": _list(_fields({"competency": KEY, "level": LEVEL}, {"assessed_level": LEVEL}), 1),
            "release": RELEASE,
            "modules": _list(MODULE, 1),
            "sources": _list(SOURCE),
        },
        {"validity_months": _whole(1, 1200), "lapses_each_year_on": DAY_OF_YEAR, "renewal": RENEWAL},
    ),
}

TRANSLATED_FROM: Schema = {
    "type": "string",
    "pattern": r"^[0-9a-f]{12}$(?!\n)",
    "description": "the first twelve characters of the original file's digest",
}
ACTIVITY_WORDS = _fields({"title": TEXT}, {"translated_from": TRANSLATED_FROM})
COURSE_WORDS = _fields(
    {"title": TEXT, "summary": TEXT, "modules": {"type": "object", "additionalProperties": TEXT}},
    {"translated_from": TRANSLATED_FROM},
)

LABEL: Schema = {
    "type": ["string", "object"],
    "minLength": 1,
    "minProperties": 1,
    "additionalProperties": TEXT,
    "description": "an English text, or texts by language",
}
TAG = _fields({"key": KEY, "name": LABEL}, {"says": TEXT})
COMPETENCY = _fields(
    {"key": KEY, "name": LABEL, "levels": _fields({str(level): LABEL for level in range(1, 5)})}
)
TAXONOMY = _fields(
    {
        "version": _whole(1, 1_000_000),
        "focuses": _list(TAG),
        "modalities": _list(TAG),
        "audiences": _list(TAG, 1),
        "levels": _list(_fields({"level": LEVEL, "key": KEY, "name": LABEL, "says": TEXT}), 1),
        "evidence_ceilings": _list(_fields({"source": TEXT, "max_level": _whole(0, 4)}), 1),
        "skill_areas": _list(_fields({"key": KEY, "name": LABEL, "competencies": _list(COMPETENCY, 1)}), 1),
    }
)
COMPETENCY_WORDS = _fields(
    {"name": TEXT, "levels": _fields({str(level): TEXT for level in range(1, 5)})},
)
TAXONOMY_WORDS = _fields({"competencies": {"type": "object", "additionalProperties": COMPETENCY_WORDS}})
PROVIDERS = _fields(
    {
        "providers": _list(
            _fields({"key": KEY, "name": TEXT, "kind": {"enum": [kind.value for kind in ProviderKind]}}), 1
        )
    }
)
PROFILE = _fields(
    {
        "key": KEY,
        "name": LABEL,
        "says": LABEL,
        "requires": _list(_fields({"competency": KEY, "level": LEVEL, "why": LABEL}), 1, unique=False),
    },
    {
        "default_for": _fields(
            {},
            {
                "roles": _list({"enum": [role.value for role in Role]}, 1),
                "focuses": _list(KEY, 1),
                "kinds": _list({"enum": [kind.value for kind in AffiliationKind]}, 1),
            },
        )
    },
)
ITEM = _fields({}, {"course": KEY, "any": _whole(1, 100), "of": _list(KEY, 1), "programme": KEY})
PROGRAMMES = _fields(
    {
        "programmes": _list(
            _fields(
                {
                    "key": KEY,
                    "name": LABEL,
                    "summary": LABEL,
                    "audiences": _list(KEY, 1),
                    "items": _list(ITEM, 1),
                },
                {"validity_months": _whole(1, 1200)},
            ),
            1,
        )
    }
)


def published() -> str:
    """The text of courses/course.schema.json."""
    return json.dumps(COURSE, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path("courses/course.schema.json").write_text(published(), encoding="utf-8")
