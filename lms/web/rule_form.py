"""The form of a rule: what was written in it, as terms and as faults in the reader's words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from lms.assigned.domain.rules import (
    MOST_DAYS,
    Due,
    DueFrom,
    NotTheHead,
    RuleNotActive,
    RuleNotDraft,
    RuleTerms,
    Whom,
)
from lms.kernel import clock
from lms.kernel.errors import DomainError, NotFound, Stale
from lms.kernel.i18n import Translator
from lms.people.domain import Role
from lms.web.assigned_view import KINDS, Names
from lms.web.given import Errors, day_in, given, texts
from lms.web.words import kinds_of_personnel, roles

_LISTS = ("kinds", "roles", "profiles")


@dataclass(frozen=True, slots=True)
class Written:
    """What stands in the form, what is wrong with it, and the rule it makes if nothing is."""

    values: Mapping[str, Any]
    errors: Errors = field(default_factory=dict)
    terms: RuleTerms = field(default_factory=RuleTerms)


async def read_form(request: Request) -> Written:
    """The form that was sent."""
    form = await request.form()
    values: dict[str, Any] = {**await given(request)}
    values |= {name: [str(each) for each in form.getlist(name)] for name in _LISTS}
    says, errors = texts(request), Errors()
    terms = RuleTerms(
        **_what(values, errors, says),
        whom=_whom(values, errors, says),
        due=_due(values, errors, says),
        starts_on=day_in(values, "starts_on", errors, says),
        compulsory=values.get("force") == "compulsory",
        decision=values.get("decision") or None,
        reason=values.get("reason") or None,
    )
    if terms.compulsory and not terms.decision:
        errors["decision"] = says.gettext("Name the decision that makes it compulsory.")
    if not values.get("entity"):
        errors["entity"] = says.gettext("Choose the entity.")
    return Written(values, errors, terms)


def _what(values: Mapping[str, Any], errors: Errors, says: Translator) -> dict[str, str]:
    kind, _, key = str(values.get("what", "")).partition(":")
    if kind not in ("course", "programme") or not key:
        errors["what"] = says.gettext("Choose what is assigned.")
        return {}
    return {kind: key}


def _whom(values: Mapping[str, Any], errors: Errors, says: Translator) -> Whom:
    kinds = tuple(each for each in KINDS if each in values["kinds"])
    if not kinds:
        errors["kinds"] = says.gettext("Choose at least one kind of personnel.")
    grades = tuple(dict.fromkeys(str(values.get("grades", "")).replace(",", " ").split()))
    known = {each.value for each in Role}
    return Whom(
        kinds=kinds,
        grades=grades[:50],
        roles=tuple(each for each in values["roles"] if each in known),
        profiles=tuple(values["profiles"]),
        new_joiners=bool(values.get("new_joiners")),
    )


def _due(values: Mapping[str, Any], errors: Errors, says: Translator) -> Due:
    if values.get("due") in ("joining", "assigned"):
        days = _days(values, errors, says)
        return Due(days=days, since=DueFrom(values["due"]))
    day = day_in(values, "due_on", errors, says)
    if day is None:
        errors.setdefault("due_on", says.gettext("Choose the day."))
    elif day <= clock.today():
        errors["due_on"] = says.gettext("Choose a day to come.")
    return Due(on=day)


def _days(values: Mapping[str, Any], errors: Errors, says: Translator) -> int | None:
    written = str(values.get("due_days", ""))
    if written.isascii() and written.isdigit() and 1 <= int(written[:6]) <= MOST_DAYS:
        return int(written)
    errors["due_days"] = says.gettext("Write a number of days, 1 to %(most)s.") % {"most": MOST_DAYS}
    return None


def as_written(rule: Any) -> dict[str, Any]:
    """A saved rule as the form shows it."""
    due = "on" if rule.due_on else rule.due_from
    return {
        "entity": rule.entity,
        "what": f"programme:{rule.programme}" if rule.programme else f"course:{rule.course}",
        "kinds": list(rule.kinds),
        "grades": " ".join(rule.grades),
        "roles": list(rule.roles),
        "profiles": list(rule.profiles),
        "new_joiners": "yes" if rule.new_joiners else "",
        "starts_on": rule.starts_on.isoformat() if rule.starts_on else "",
        "due": due,
        "due_on": rule.due_on.isoformat() if rule.due_on else "",
        "due_days": str(rule.due_days or ""),
        "force": "compulsory" if rule.compulsory else "recommended",
        "decision": rule.decision or "",
        "reason": rule.reason or "",
    }


def choices(names: Names) -> dict[str, Any]:
    """What the form offers to choose from."""
    kinds, granted = kinds_of_personnel(names.reader), roles(names.reader)
    return {
        "courses": [
            (f"course:{each.key}", each.title, None if each.language == names.reader else each.language)
            for each in names.courses.values()
        ],
        "programmes": [
            (f"programme:{each.key}", each.name.for_reader(names.reader))
            for each in names.programmes.programmes
        ],
        "kinds": [(each, kinds[each]) for each in KINDS],
        "roles": [(key, label) for key, (label, _) in granted.items()],
        "profiles": sorted(names.profiles.items(), key=lambda pair: pair[1]),
    }


def faults_said(error: DomainError, says: Translator) -> Errors:
    """What went wrong, by the form's field and in the reader's words."""
    _ = says.gettext
    plain: dict[type[DomainError], str] = {
        Stale: _("Somebody else has changed this rule meanwhile. Look at it again, then decide."),
        RuleNotDraft: _("This rule is no draft any more."),
        RuleNotActive: _("This rule is not active."),
        NotTheHead: _("Only the head of the entity, or a delegate, makes learning compulsory, or ends it."),
        NotFound: _("This entity is not yours to assign learning in."),
    }
    for kind, sentence in plain.items():
        if isinstance(error, kind):
            return {"entity" if kind is NotFound else "": sentence}
    by_field = {
        "course": ("what", _("This course is not on offer.")),
        "programme": ("what", _("This programme is not published.")),
        "profiles": ("profiles", _("One of these profiles is not published any more.")),
        "due_on": ("due_on", _("Choose a day to come, within five years.")),
    }
    pointers = [fault.pointer.strip("/") for fault in error.faults]
    found = dict(by_field[each] for each in pointers if each in by_field)
    return found or {"": error.detail}
