"""The gate's parameters as files: read once a process, checked, and named by version and digest in every answer."""

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lms.partners.domain.gate import WAIVABLE, Policy, Rule

DEFAULT = Path(__file__).parent / "default.yaml"


class BadPolicy(ValueError):
    """The file is no policy; the sentence says where."""


@cache
def _read() -> tuple[dict[str, Any], str]:
    text = DEFAULT.read_text(encoding="utf-8")
    return yaml.safe_load(text), hashlib.sha256(text.encode()).hexdigest()


def policy_for(entity_path: str) -> Policy:
    """The policy of the entity at this path: the file's, with what it and those above it add."""
    return policy_from(*_read(), entity_path=entity_path)


def policy_from(given: Mapping[str, Any], digest: str, *, entity_path: str) -> Policy:
    """A policy as its file says. An entity adds exclusions and narrows what is waivable, never the reverse."""
    lists, waivable = set(given["exclusions"]), _rules(given["waivable"])
    for key in entity_path.strip("/").split("/"):
        own = (given.get("entities") or {}).get(key, {})
        lists |= set(own.get("exclusions", ()))
        if "waivable" in own:
            waivable &= _rules(own["waivable"])
    within = int(given["participation_checked_within_days"])
    return Policy(str(given["version"]), digest, frozenset(lists), frozenset(waivable), within)


def _rules(names: list[str]) -> set[Rule]:
    rules = {Rule(name) for name in names}
    if not rules <= WAIVABLE:
        never = ", ".join(sorted(rules - WAIVABLE))
        raise BadPolicy(f"Nobody waives {never}; take it out of `waivable`.")
    return rules
