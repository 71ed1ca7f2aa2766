"""The standard agreement as files: a folder for each version, a file for each language. Read once a process."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

from lms.joint_trainings.domain.agreements import Clause, Standard, digest_of
from lms.kernel.i18n import LANGUAGES

HERE = Path(__file__).parent


class BadText(ValueError):
    """The files are no standard agreement; the sentence says where."""


@cache
def standard(version: str) -> Standard:
    """The standard agreement of a version. What was signed names its version, so that none is ever taken away."""
    read = {
        language: yaml.safe_load((HERE / version / f"{language}.yaml").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }
    return standard_from(version, read)


def standard_from(version: str, read: dict[str, Any]) -> Standard:
    """A standard agreement as its files say: the same clauses in the same order in every language."""
    clauses = {language: _clauses(given) for language, given in read.items()}
    keys = [each.key for each in clauses["en"]]
    for language, own in clauses.items():
        if [each.key for each in own] != keys:
            raise BadText(f"{version}/{language}.yaml has other clauses than en.yaml, or in another order.")
    return Standard(version, digest_of({"version": version, "texts": read}), clauses)


def _clauses(given: dict[str, Any]) -> tuple[Clause, ...]:
    return tuple(Clause(key, each["title"], each["text"]) for key, each in given["clauses"].items())


@cache
def title_in(version: str, language: str) -> str:
    """What the agreement is called in a language."""
    read = yaml.safe_load((HERE / version / f"{language}.yaml").read_text(encoding="utf-8"))
    return str(read["title"])
