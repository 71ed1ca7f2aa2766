"""The reader's words for states of a joint training and for what stands in the way of a move."""

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from lms.joint_trainings.domain.states import Obstacle
from lms.kernel.i18n import translator
from lms.reports import agreement_words
from lms.web.templating import isolated


def states(language: str) -> dict[str, tuple[str, str, str]]:
    """Each state with its words, the shape of its mark, and the tone."""
    says = translator(language)
    return {
        "draft": (says.pgettext("of a training", "Draft"), "empty", "quiet"),
        "assessed": (says.pgettext("of a training", "Assessed"), "half", "quiet"),
        "agreed": (says.pgettext("of a training", "Agreed"), "half", "quiet"),
        "published": (says.pgettext("of a training", "Published"), "flag", "action"),
        "running": (says.pgettext("of a training", "Under way"), "flag", "action"),
        "closed": (says.pgettext("of a training", "Closed"), "closed", "quiet"),
        "reviewed": (says.pgettext("of a training", "Reviewed"), "done", "quiet"),
        "cancelled": (says.pgettext("of a training", "Cancelled"), "hidden", "attention"),
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


def parts(language: str, *, with_partner: bool) -> list[tuple[str, str]]:
    """The pages of a training, in the order in which they are filled; what binds a partner only where there is one."""
    _ = translator(language).gettext
    found = [
        ("assessment", _("Assessment")),
        ("indicators", _("Indicators")),
        ("checklist", _("Checklist")),
        ("costs", _("Costs")),
        ("agreement", _("Agreement")),
        ("sessions", _("Sessions")),
        ("evaluation", _("Evaluation")),
        ("lesson", _("Lesson")),
    ]
    always = {"indicators", "costs", "sessions", "evaluation", "lesson"}
    return [each for each in found if with_partner or each[0] in always]


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
        "attendance_open": _("Attendance to be signed by its host:"),
        "no_days": _("Give the first day."),
        "not_evaluated": _("Its results are not in yet."),
        "no_lesson": _("Its lesson is not reviewed yet."),
        "not_clear": _("Not clear now, ask your screening officer:"),
        **agreement_obstacles(language),
    }


def agreement_obstacles(language: str) -> dict[str, str]:
    """What an agreement with a partner still lacks, by its key."""
    _ = translator(language).gettext
    return {
        "not_assessed": _("Answer the five questions."),
        "un_not_assessed": _("The entities have not answered the five questions."),
        "side_not_assessed": _("This partner has not answered the five questions:"),
        "no_indicator": _("Agree on an indicator."),
        "indicator_not_whole": _("This indicator lacks its baseline, target, means of verification or day:"),
        "item_not_answered": _("No answer that holds on the checklist:"),
        "item_answered_no": _("Answered no, which nobody can clear:"),
        "partner_pays_un_people": _("A partner pays no UN participant’s travel, lodging, fee or gift:"),
        "cost_not_accepted": _("The host who is to bear this cost has not accepted it:"),
        "standard_not_cleared": _("The legal office has not cleared the standard agreement:"),
        "not_cleared": _("The legal office has not cleared this agreement as it stands:"),
        "not_signed": _("Nobody has signed for this host:"),
        "signed_before_change": _("Changed since it was signed, to be signed anew for this host:"),
        "no_signatory": _("Nobody is named who may sign for this host:"),
        "signatory_left": _("Who could sign for this host has left, or their authority has ended:"),
        "signatory_above_limit": _("The value lies above what anybody named may sign for this host:"),
    }


def in_the_way(found: Iterable[Obstacle], language: str) -> Sequence[Any]:
    """Obstacles as sentences in the reader's language, each with the one it is about."""
    words, items = obstacles(language), agreement_words.items(language)
    return [
        Markup("{} {}").format(words.get(each.key, each.key), isolated(items.get(each.of, (each.of,))[0]))
        if each.of
        else words.get(each.key, each.key)
        for each in found
    ]  # fmt: skip
