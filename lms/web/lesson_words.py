"""What pages say about lessons: their parts, states, decisions, with whom they were held, and whom a text names."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from lms.catalogue.domain import Taxonomy, UnknownTag
from lms.joint_trainings.domain.lesson_names import NameKind, Names
from lms.kernel.i18n import translator
from lms.web.course_view import said


def parts(language: str) -> dict[str, str]:
    """The heading of each part of the public text but its title, in their order."""
    _ = translator(language).gettext
    return {
        "context": _("Where it was, and what for"),
        "done": _("What was done"),
        "worked": _("What worked"),
        "failed": _("What did not work"),
        "again": _("What we would do again, and differently"),
        "advice": _("Advice to whoever tries it next"),
    }


def states(language: str) -> dict[str, tuple[str, str, str]]:
    """Each state's shape, words and tone."""
    _ = translator(language).gettext
    return {
        "draft": ("half", _("Being written"), "action"),
        "submitted": ("waiting", _("Waits to be reviewed"), "quiet"),
        "kept": ("done", _("Reviewed, kept for the hosts"), "action"),
        "published": ("done", _("Published"), "action"),
        "withdrawn": ("closed", _("Withdrawn"), "quiet"),
    }


def outcomes(language: str) -> dict[str, str]:
    """How a review ended."""
    _ = translator(language).gettext
    return {
        "returned": _("returned"),
        "kept": _("kept for the hosts"),
        "published": _("published"),
        "accepted": _("translation accepted"),
    }


def host_kinds(language: str) -> dict[str, str]:
    """With whom a training was held, to choose from and to be told."""
    _ = translator(language).gettext
    return {
        "entities": _("Entities alone"),
        "company": _("With a company"),
        "foundation": _("With a foundation"),
        "association": _("With an association"),
        "academic": _("With an academic body"),
    }


def names_of(taxonomy: Taxonomy, keys: Sequence[str], sort: str, reader: str) -> list[str | Markup]:
    """Names of tags in the reader's language; a key that the taxonomy has dropped stands for itself."""
    find: Callable[[str], Any] = taxonomy.competency if sort == "competency" else taxonomy.focus
    found: list[str | Markup] = []
    for key in keys:
        try:
            found.append(said(find(key).name, reader))
        except UnknownTag:
            found.append(key)
    return found


def named(names: Names, language: str) -> list[dict[str, Any]]:
    """Whom a text names, those that stand in the way first: who, where, in which words, and what to do."""
    labels, refused = {"title": translator(language).gettext("Title"), **parts(language)}, set(names.refused)
    found = [
        {
            "name": each.known.name,
            "where": labels[each.field],
            "says": each.says,
            "refuses": each in refused,
            "advice": _advice(each.known.kind, language, refuses=each in refused, certain=each.is_certain),
        }
        for each in names.found
    ]
    return sorted(found, key=lambda each: not each["refuses"])


def _advice(kind: NameKind, language: str, *, refuses: bool, certain: bool) -> str:
    _ = translator(language).gettext
    if not certain:
        return _("A partner has this name. If the word only means what it says, leave it.")
    if not refuses:
        return _("This host has approved exactly this text.")
    words: Mapping[NameKind, str] = {
        NameKind.HOST: _("Take it out, or ask this host to approve exactly this text."),
        NameKind.PARTNER: _("This partner did not host the training. Take its name out."),
        NameKind.PERSON: _("Persons are never named. Say what they do instead."),
    }
    return words[kind]
