"""How figures of evaluations are shown: questions in the reader's words, averages as bars, scores in bands."""

from collections.abc import Mapping
from typing import Any

from lms.evaluations.domain.forms import HIGHEST
from lms.evaluations.domain.levels import Kind, Level
from lms.evaluations.forms import form_of
from lms.evaluations.schemas import GainedRead, LevelRead, ScoredRead
from lms.kernel.i18n import format_number, translator
from lms.web.charts import Bar


def levels(language: str) -> dict[str, str]:
    """Each level by name."""
    _ = translator(language).gettext
    return {
        Level.REACTION: _("Reaction: how people found it"),
        Level.LEARNING: _("Learning: what they know"),
        Level.BEHAVIOUR: _("Behaviour: what they do with it"),
        Level.RESULTS: _("Results: what it changed"),
    }


def forms(language: str) -> dict[str, str]:
    """Each form as it is headed."""
    _ = translator(language).gettext
    return {
        Kind.REACTION: _("How did you find the training?"),
        Kind.PRE_TEST: _("Test before the training"),
        Kind.POST_TEST: _("Test after the training"),
        Kind.BEHAVIOUR: _("What came of the training in your work?"),
        Kind.SUPERVISOR: _("What came of the training in this person’s work?"),
    }


def gains(language: str) -> dict[str, str]:
    """Bands of what was gained between two tests."""
    _ = translator(language).gettext
    return {
        "lower": _("Less than before"),
        "same": _("As before"),
        "up_to_20": _("Up to 20 points more"),
        "over_20": _("More than 20 points more"),
    }


def questions_view(kind: Kind, questions: Mapping[str, ScoredRead | None], language: str) -> dict[str, Any]:
    """Bars of averages and a row for each question; empty rows where nothing is told."""
    form = form_of(kind)
    words = {key: form.scaled[key][language] if key in form.scaled else key for key in questions}
    ordered = sorted(questions, key=lambda key: [*form.scaled, key].index(key))
    told = {key: each for key in ordered if (each := questions[key]) is not None}
    return {
        "bars": [
            Bar(words[key], each.average, shown=_of_five(each.average, language), target=HIGHEST)
            for key, each in told.items()
        ],
        "rows": [
            {
                "words": words[key],
                "people": each.people,
                "average": format_number(each.average, language),
                "bands": bands_said(each, language),
            }
            for key, each in told.items()
        ],
    }


def _of_five(average: float, language: str) -> str:
    value, most = format_number(average, language), format_number(HIGHEST, language)
    return translator(language).gettext("%(value)s of %(target)s", value=value, target=most)


def bands_said(scored: ScoredRead, language: str) -> str:
    """How many gave which score, the highest first; bands that nobody stands in are left out."""
    _ = translator(language).gettext
    parts = []
    for band in reversed(scored.bands):
        if band.people:
            people = format_number(band.people, language)
            low, high = (format_number(each, language) for each in (band.low, band.high))
            parts.append(
                _("%(score)s: %(people)s", score=low, people=people)
                if band.low == band.high
                else _("%(low)s to %(high)s: %(people)s", low=low, high=high, people=people)
            )
    return "; ".join(parts)


def gained_view(gained: GainedRead | None, language: str) -> dict[str, Any] | None:
    """Bars of both averages, and the bands of what was gained."""
    if gained is None:
        return None
    _ = translator(language).gettext
    names = gains(language)
    return {
        "people": gained.people,
        "bars": [
            Bar(label, value, shown=_("%(number)s%%", number=format_number(value, language)), target=100)
            for label, value in (
                (_("Before"), gained.average_before),
                (_("After"), gained.average_after),
            )
        ],
        "rows": [{"words": names[band], "people": people} for band, people in gained.gains.items()],
    }


def level_view(level: LevelRead, language: str) -> dict[str, Any]:
    """One level with its figures, if it is closed."""
    own = Kind.BEHAVIOUR if level.level is Level.BEHAVIOUR else Kind.REACTION
    open_words = form_of(own).open
    return {
        "level": level.level.value,
        "name": levels(language)[level.level],
        "row": level,
        "own": questions_view(own, level.questions, language),
        "supervisor": questions_view(Kind.SUPERVISOR, level.supervisor_questions, language),
        "gained": gained_view(level.gained, language),
        "words": {
            open_words[key][language] if key in open_words else key: texts
            for key, texts in level.words.items()
        },
    }
