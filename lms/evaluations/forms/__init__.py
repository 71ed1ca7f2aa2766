"""The forms as they are shipped: questions in six languages and the days on which they are asked.

The digest is of the file's bytes; an evaluation names version and digest, so that figures can say what was asked.
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lms.evaluations.domain.forms import Form, form_from
from lms.evaluations.domain.levels import TESTS, Days, Kind

_FILE = Path(__file__).with_name("default.yaml")


@cache
def _read() -> tuple[dict[str, Any], str]:
    content = _FILE.read_bytes()
    return yaml.safe_load(content), hashlib.sha256(content).hexdigest()


@cache
def form_of(kind: Kind) -> Form:
    """The form of a kind; ValueError for a test, whose questions are the training's own."""
    if kind in TESTS:
        raise ValueError(f"{kind} has no form of its own")
    document, digest = _read()
    return form_from(kind.value, document, digest)


@cache
def days() -> Days:
    """When levels are open."""
    return Days(**_read()[0]["days"])
