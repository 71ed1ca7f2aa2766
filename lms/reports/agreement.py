"""The agreement on a joint training as PDF, in the language chosen: the same content and signatures, the same bytes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.agreement_texts import standard, title_in
from lms.joint_trainings.domain.agreements import FURTHER
from lms.joint_trainings.queries.agreements import document_of
from lms.joint_trainings.queries.signing import get_training_to_sign, signatures_of
from lms.joint_trainings.service.papers import papers_of
from lms.joint_trainings.service.parts import all_hosts, require_partner
from lms.kernel.access import Actor
from lms.kernel.i18n import (
    LANGUAGES,
    format_day,
    format_decimal,
    format_list,
    format_minutes,
    format_moment,
    format_money,
    translator,
)
from lms.reports import agreement_words as words
from lms.reports.export.document import printable, utc


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is set: the content, what was signed of it, and the moment that dates the file."""

    content: dict[str, Any]
    digest: str
    signatures: Sequence[Any]
    made_at: datetime


async def sheet_of(session: AsyncSession, training_id: UUID, *, actor: Actor) -> Sheet:
    """The agreement as it stands, dated by the row that holds it, else (nobody has acted on it) by the training."""
    training = await get_training_to_sign(session, training_id, actor=actor)
    hosts = await all_hosts(session, training_id)
    require_partner(hosts)
    papers = await papers_of(session, training, hosts)
    kept = await document_of(session, training_id, papers.digest)
    signed = [row for row in await signatures_of(session, training_id) if row.digest == papers.digest]
    made_at = kept.recorded_at if kept else training.created_at
    return Sheet(papers.content, papers.digest, signed, made_at)


def frame(sheet: Sheet, language: str) -> dict[str, Any]:
    """All that the template needs, in the reader's language; what the hosts wrote stays in theirs."""
    _, content = translator(language).gettext, sheet.content
    missing = len(content["hosts"]) - len(sheet.signatures)
    version = content["standard"]["version"]
    return {
        "language": language,
        "rtl": LANGUAGES[language].direction == "rtl",
        "title": title_in(version, language),
        "subtitle": _own(content["training"]["title"], content),
        "state": _("Signed by every host") if missing == 0 else _("Draft: not signed by every host"),
        "note": _note(content, language),
        "facts": _facts(sheet, language),
        "headings": {
            "hosts": _("Hosts"),
            "clauses": _("Clauses"),
            "indicators": _("Indicators"),
            "costs": _("Costs"),
            "checklist": _("Checklist"),
            "signatures": _("Signatures"),
        },
        "clauses": _clauses(content, language),
        "indicators": [_indicator(each, content, language) for each in content["indicators"]],
        "costs": [_cost(each, content, language) for each in content["costs"]],
        "checklist": _checklist(content, language),
        "signatures": _signatures(sheet, language),
        "issued": utc(sheet.made_at).strftime("%Y %m %d %H %M %S").split(),
        "page": _("Page {page} of {pages}"),
        "digest": sheet.digest,
    }


def _own(text: str, content: dict[str, Any]) -> dict[str, Any]:
    """A text that the hosts wrote, with its direction and language."""
    language = content["language"]
    rtl = LANGUAGES[language].direction == "rtl"
    return {"text": printable(text), "lang": language, "rtl": rtl}


def _note(content: dict[str, Any], language: str) -> str:
    if content["language"] == language:
        return ""
    own = LANGUAGES[content["language"]].own_name
    return translator(language).gettext(
        "Signed in %(language)s; what stands here in another language is a translation.", language=own
    )


def _facts(sheet: Sheet, language: str) -> list[list[str]]:
    _, training = translator(language).gettext, sheet.content["training"]
    days = [format_day(_day(training[name]), language) for name in ("starts_on", "ends_on") if training[name]]
    names = [each["name"] for each in sheet.content["hosts"]]
    found = [(_("Hosts"), format_list(names, language)), (_("Days"), " – ".join(days))]
    if training["minutes"]:
        found.append((_("Learning"), format_minutes(training["minutes"], language)))
    found += [
        (_("Held in"), format_list([LANGUAGES[each].own_name for each in training["languages"]], language)),
        (_("Standard agreement"), sheet.content["standard"]["version"]),
        (_("Digest"), sheet.digest[:16]),
    ]
    return [[label, printable(value)] for label, value in found if value]


def _day(value: str) -> Any:
    return datetime.fromisoformat(value).date()


def _clauses(content: dict[str, Any], language: str) -> list[dict[str, Any]]:
    """Standard clauses in the reader's language; those that were changed as they were written."""
    ours = {each.key: each for each in standard(content["standard"]["version"]).in_language(language)}
    rtl = LANGUAGES[language].direction == "rtl"
    found = []
    for each in content["clauses"]:
        own = ours.get(each["key"])
        title = own.title if own else translator(language).gettext("Further terms")
        if own is None or each["is_changed"]:
            text = _own(each["text"], content)
        else:
            text = {"text": own.text, "lang": language, "rtl": rtl}
        found.append({"title": title, "text": text, "is_further": each["key"] == FURTHER})
    return found


def _indicator(each: dict[str, Any], content: dict[str, Any], language: str) -> dict[str, Any]:
    _ = translator(language).gettext
    numbers = [format_decimal(Decimal(each[name]), language) for name in ("baseline", "target") if each[name]]
    return {
        "name": _own(f"{each['name']} ({each['unit']})", content),
        "numbers": " → ".join(numbers),
        "how": _own(each["verification"], content),
        "day": _("by %(day)s", day=format_day(_day(each["measured_on"]), language))
        if each["measured_on"]
        else "",
    }


def _cost(each: dict[str, Any], content: dict[str, Any], language: str) -> dict[str, Any]:
    _ = translator(language).gettext
    kind = f"{words.cost_kinds(language)[each['kind']]}, {words.for_whom(language)[each['for_whom']]}"
    return {
        "what": _own(each["what"], content),
        "kind": kind,
        "borne_by": printable(each["borne_by"]),
        "amount": format_money(Decimal(each["amount"]), each["currency"], language),
        "how": _("paid") if each["is_cash"] else _("in kind"),
        "basis": _own(each["basis"], content),
    }


def _checklist(content: dict[str, Any], language: str) -> list[dict[str, Any]]:
    items, answers = words.items(language), words.answers(language)
    return [
        {
            "item": items[each["item"]][1],
            "answer": answers[each["answer"]],
            "note": _own(each["note"], content),
        }
        for each in content["checklist"]
    ]


def _signatures(sheet: Sheet, language: str) -> list[dict[str, Any]]:
    """One line a host, signed or not."""
    _ = translator(language).gettext
    signed = {str(row.host_id): row for row in sheet.signatures}
    return [
        {
            "host": printable(host["name"]),
            "person": printable(signed[host["id"]].person) if host["id"] in signed else "",
            "at": format_moment(signed[host["id"]].recorded_at, language)
            if host["id"] in signed
            else _("not signed"),
        }
        for host in sheet.content["hosts"]
    ]
