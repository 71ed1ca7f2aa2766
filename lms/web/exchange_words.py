"""The reader's words for needs and offers: where they stand, where people meet, what is wrong in a form."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from lms.catalogue.domain.taxonomy import Taxonomy
from lms.joint_trainings.domain.exchange import NoticeKind
from lms.joint_trainings.domain.exchange_fit import Fit
from lms.kernel.i18n import format_day, format_number, translator
from lms.web.course_view import own_names
from lms.web.course_view import said as label_said

Mark = tuple[str, str, str]
"""Words, the shape of the mark, the tone."""


def standings(language: str, kind: NoticeKind) -> dict[str, Mark]:
    """Where a need or an offer stands."""
    says = translator(language)
    met = (
        says.pgettext("of an offer", "Taken")
        if kind is NoticeKind.OFFER
        else says.pgettext("of a need", "Met")
    )
    return {
        "posted": (says.pgettext("of a need or an offer", "Posted"), "flag", "action"),
        "draft": (says.pgettext("of a need or an offer", "Draft"), "empty", "quiet"),
        "met": (met, "done", "quiet"),
        "lapsed": (says.pgettext("of a need or an offer", "Lapsed"), "closed", "attention"),
        "withdrawn": (says.pgettext("of a need or an offer", "Withdrawn"), "hidden", "quiet"),
    }


def introductions(language: str) -> dict[str, Mark]:
    """What came of an introduction."""
    says = translator(language)
    return {
        "open": (says.pgettext("of an introduction", "Open"), "waiting", "action"),
        "declined": (says.pgettext("of an introduction", "Declined"), "closed", "quiet"),
        "drafted": (says.pgettext("of an introduction", "A draft training"), "done", "action"),
    }


def settings(language: str) -> dict[str, str]:
    """Where people meet."""
    _ = translator(language).gettext
    return {"either": _("Online or on site"), "online": _("Online"), "on_site": _("On site")}


def wrong(language: str) -> dict[str, str]:
    """What is wrong in a field of the form, by its name."""
    _ = translator(language).gettext
    return {
        "title": _("Give a title."),
        "owner": _("Choose for whom you post it."),
        "entity": _("Choose the entity."),
        "languages": _("Choose at least one language."),
        "competencies": _("Choose a competency or a skill area."),
        "skill_areas": _("Choose a competency or a skill area."),
        "seats": _("Write how many people it is for."),
        "from_on": _("Write the earliest day as year, month and day: 2026-11-23."),
        "until_on": _(
            "Write the latest day as 2026-11-23: one that lies ahead, and not before the earliest."
        ),
        "stands_until": _("Write the day as 2026-11-23: one that lies ahead, and not after the latest day."),
        "teachers": _("Say who teaches, by what they do."),
        "words": _("Say why, for the other side."),
    }


class Names:
    """Names of the taxonomy in the reader's language."""

    def __init__(self, taxonomy: Taxonomy, language: str) -> None:
        self._language = language
        tags: list[Any] = [*taxonomy.focuses, *taxonomy.competencies, *taxonomy.skill_areas]
        tags += taxonomy.audiences
        self._labels: Mapping[str, Any] = {each.key: each.name for each in tags}

    def of(self, keys: Any) -> Markup:
        """These, one after the other; a key that is no longer known stands for itself."""
        names = [
            label_said(self._labels[key], self._language) if key in self._labels else key for key in keys
        ]
        return Markup(" · ").join(names)


def reasons(fit: Fit, names: Names, language: str) -> list[tuple[str, Any]]:
    """Why one fits the other, the most important first: what is shared, and its words."""
    _ = translator(language).gettext
    first, last = (format_day(day, language) for day in (fit.from_on, fit.until_on))
    meets = _("in the same way, or either way") if fit.same_setting else _("one online, the other on site")
    focus = names.of(fit.focuses) or (_("for every focus") if fit.every_focus else _("not the same"))
    lines = [
        (_("Both name"), names.of(fit.competencies)),
        (_("Skill area"), names.of(fit.skill_areas)),
        (_("Focus"), focus),
        (_("Languages"), own_names(fit.languages)),
        (_("They meet"), meets),
        (_("People it would reach"), format_number(fit.seats, language)),
        (_("Days in common"), _("%(first)s to %(last)s", first=first, last=last)),
    ]
    return [(label, words) for label, words in lines if words]
