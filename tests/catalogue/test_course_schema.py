"""The schema that editors complete from is the one the loader checks with."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema

from lms.catalogue.course_schema import COURSE, PROVIDERS, TAXONOMY, published

ROOT = Path(__file__).parents[2]


def test_the_published_schema_is_the_loaders() -> None:
    """When this fails: python -m lms.catalogue.course_schema."""
    assert (ROOT / "courses/course.schema.json").read_text(encoding="utf-8") == published()


def test_schemas_are_schemas() -> None:
    for schema in (COURSE, TAXONOMY, PROVIDERS, json.loads(published())):
        jsonschema.Draft202012Validator.check_schema(schema)
