"""From when an agreement needs clearance, as a file: read once a process, named by version and digest."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

DEFAULT = Path(__file__).parent / "default.yaml"


@dataclass(frozen=True, slots=True)
class AgreementPolicy:
    """`clearance_from`: values by currency from which the legal office looks at an agreement."""

    version: str
    digest: str
    standard_text: str
    clearance_from: Mapping[str, Decimal]


@cache
def _read() -> tuple[dict[str, Any], str]:
    text = DEFAULT.read_text(encoding="utf-8")
    return yaml.safe_load(text), hashlib.sha256(text.encode()).hexdigest()


def policy_for(entity_paths: Iterable[str]) -> AgreementPolicy:
    """The policy of a training that these entities host: the strictest of theirs."""
    return policy_from(*_read(), entity_paths=entity_paths)


def policy_from(given: Mapping[str, Any], digest: str, *, entity_paths: Iterable[str]) -> AgreementPolicy:
    """A policy as its file says. An entity lowers a value, never raises it."""
    limits = {currency: Decimal(value) for currency, value in given["clearance_from"].items()}
    own = given.get("entities") or {}
    for key in sorted({key for path in entity_paths for key in path.strip("/").split("/")}):
        for currency, value in own.get(key, {}).get("clearance_from", {}).items():
            limits[currency] = min(Decimal(value), limits.get(currency, Decimal(value)))
    return AgreementPolicy(str(given["version"]), digest, str(given["standard_text"]), limits)
