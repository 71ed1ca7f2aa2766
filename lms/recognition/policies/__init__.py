"""Recognition policies as files: a starting point that an entity copies and changes without touching code."""

from pathlib import Path
from typing import Any

import yaml

from lms.recognition.domain import PolicyInvalid

DEFAULT_POLICY = Path(__file__).parent / "learning-and-practice.yaml"


def read_policy(path: Path) -> dict[str, Any]:
    """A policy file's content; `PolicyInvalid` when it is no YAML mapping."""
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise PolicyInvalid(f"{path.name} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise PolicyInvalid(f"{path.name} holds no policy.")
    return content
