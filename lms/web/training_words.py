"""The reader's words for states of a joint training and for what stands in the way of a move."""

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from lms.joint_trainings.domain.states import Obstacle
from lms.kernel.i18n import translator
from lms.web.templating import isolated


def states(language: str) -> dict[str, tuple[str, str, str]]:
    """Each state with its words, the shape of its mark, and the tone."""
    _ = translator(language).pgettext
    return {
        "draft": (_("of a training", "Draft"), "empty", "quiet"),
        "assessed": (_("of a training", "Assessed"), "half", "quiet"),
        "agreed": (_("of a training", "Agreed"), "half", "quiet"),
        "published": (_("of a training", "Published"), "flag", "action"),
        "running": (_("of a training", "Under way"), "flag", "action"),
        "closed": (_("of a training", "Closed"), "closed", "quiet"),
        "reviewed": (_("of a training", "Reviewed"), "done", "quiet"),
        "cancelled": (_("of a training", "Cancelled"), "hidden", "attention"),
    }


def moves(language: str) -> dict[str, str]:
    """What the button says that brings a training to a state."""
    _ = translator(language).gettext
    return {
        "assessed": _("Mark as assessed"),
        "agreed": _("Mark as agreed"),
        "published": _("Publish"),
        "running": _("Begin"),
        "closed": _("Close"),
        "reviewed": _("Mark as reviewed"),
    }


def obstacles(language: str) -> dict[str, str]:
    """What stands in the way, by its key."""
    _ = translator(language).gettext
    return {
        "host_not_accepted": _("This host has not accepted yet:"),
        "one_host": _("A joint training has two hosts at least."),
        "no_lead": _("An entity leads a joint training and keeps its content."),
        "no_content": _("Name a course, or add a session, before it is published."),
        "not_begun": _("It begins on its first day."),
        "not_over": _("Its last day is not over."),
        "no_days": _("Give the first day."),
        "not_evaluated": _("Its results are not in yet."),
        "no_lesson": _("Its lesson is not reviewed yet."),
        "not_clear": _("Not clear now, ask your screening officer:"),
    }


def in_the_way(found: Iterable[Obstacle], language: str) -> Sequence[Any]:
    """Obstacles as sentences in the reader's language, each with the one it is about."""
    words = obstacles(language)
    return [
        Markup("{} {}").format(words.get(each.key, each.key), isolated(each.of)) if each.of
        else words.get(each.key, each.key)
        for each in found
    ]  # fmt: skip
