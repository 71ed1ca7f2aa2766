"""The form of practice: what was written in it, and what it offers."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.taxonomy import Taxonomy
from lms.catalogue.queries import get_taxonomy
from lms.practice.domain import MOST_FILES, MOST_WORDS
from lms.practice.schemas import PracticeGiven
from lms.web.course_view import said
from lms.web.given import Errors, Values, texts

ROWS = 5
"""Competencies that one description names, each with its level."""
_TEXTS = ("role", "partner", "from_on", "until_on", "place", "outcome", "interest_words")


def as_given(values: Mapping[str, str]) -> PracticeGiven:
    """What the form says; raises `ValidationError`."""
    sent: dict[str, Any] = {name: values[name] for name in _TEXTS if values.get(name)}
    pairs = [(values.get(f"competency_{n}"), values.get(f"level_{n}")) for n in range(1, ROWS + 1)]
    sent["levels"] = {key: level for key, level in pairs if key and level}
    sent["indicators"] = [
        _indicator(line) for line in values.get("indicators", "").splitlines() if line.strip()
    ]
    sent["has_interest"] = bool(values.get("has_interest"))
    return PracticeGiven.model_validate(sent)


def _indicator(line: str) -> dict[str, str]:
    name, _, reached = line.partition(":")
    return {"name": name.strip()[:500], "reached": reached.strip()[:500]}


def as_written(row: Any) -> Values:
    """A description as its form shows it."""
    values = {name: "" if getattr(row, name) is None else str(getattr(row, name)) for name in _TEXTS}
    values["has_interest"] = "yes" if row.has_interest else ""
    values["indicators"] = "\n".join(
        f"{each['name']}: {each['reached']}" if each["reached"] else each["name"] for each in row.indicators
    )
    for number, (key, level) in enumerate(sorted(row.levels.items()), 1):
        values |= {f"competency_{number}": key, f"level_{number}": str(level)}
    return values | {"revision": str(row.revision)}


def wrong_in(request: Request, error: ValidationError) -> Errors:
    """A schema's faults in the reader's words."""
    _ = texts(request).gettext
    day = _("Write the day as year, month and day: 2026-11-23.")
    words = {
        "role": _("Say what your part was."),
        "partner": _("Give the key of a partner in the register."),
        "from_on": day,
        "until_on": day,
        "levels": _("Choose a level for each competency."),
    }
    other = _("This is too long, or not of the kind asked for.")
    fields = [str(each["loc"][0]) if each["loc"] else "" for each in error.errors()]
    return {_field(name): words.get(name, other) for name in fields}


def _field(name: str) -> str:
    return "competency_1" if name == "levels" else name


def refused(request: Request, faults: Mapping[str, str]) -> Errors:
    """What the use case found wrong, in the reader's words, by the form's own fields."""
    _ = texts(request).gettext
    words = {
        "partner": _("There is no such partner in the register."),
        "role": _("Say what your part was."),
        "outcome": _("Say what came of it."),
        "place": _("Say where it was."),
        "levels": _("Name the competencies that it shows, with a level each."),
        "interest_words": _("Say which interest it is."),
        "from_on": _("This day lies ahead."),
        "until_on": _(
            "The last day lies between the first day and today; leave it out while the work goes on."
        ),
        "indicators": _("These are too many."),
        "files": _("Choose %(most)s files at most.", most=MOST_FILES),
    }
    names = [name.split("/")[0] for name in faults]
    return {_field(name): words.get(name, next(iter(faults.values()))) for name in names}


async def choices(request: Request, session: AsyncSession) -> dict[str, Any]:
    """What the form offers."""
    language, taxonomy = request.state.language, await get_taxonomy(session)
    return {
        "areas": [
            (said(area.name, language), [(each.key, said(each.name, language)) for each in area.competencies])
            for area in taxonomy.skill_areas
        ],
        "levels": [
            (str(each.level), f"{each.level}. {each.name.for_reader(language)}") for each in taxonomy.levels
        ],
        "rows": range(1, ROWS + 1),
        "most_words": MOST_WORDS,
    }


def named(taxonomy: Taxonomy, language: str) -> dict[str, Any]:
    """Competencies by key, in the reader's words."""
    return {each.key: said(each.name, language) for each in taxonomy.competencies}
