"""Pages of focal points: the directory, one of them, and one's own profile with its exchanges."""

import re
from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Taxonomy
from lms.catalogue.queries import get_taxonomy
from lms.focal_points import queries, service
from lms.focal_points.endpoints import topics_beside
from lms.focal_points.queries import is_focal_point, is_personnel
from lms.focal_points.schemas import ExchangeCreate, ProfileUpdate
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Stale
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES, search_words
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.partners.queries import list_partners
from lms.people.queries import get_entity, list_entities
from lms.web import focal_words
from lms.web.given import Errors, given, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE, OWN = 50, "/focal-points/me"
_SELF = Permission.SELF
_Filter = Annotated[str, Query(max_length=100)]


@router.get("/focal-points")
async def directory(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_SELF),
    q: Annotated[str, Query(max_length=200)] = "",
    entity: _Filter = "",
    focus: _Filter = "",
    topic: _Filter = "",
    language: _Filter = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Today's focal points whom the reader may see, in name order."""
    values = {"q": q, "entity": entity, "focus": focus, "topic": topic, "language": language}
    taxonomy, words = await get_taxonomy(session), search_words(q)
    filters: dict[str, Any] = {"words": words, "focus": focus, "language": language}
    filters["entity"] = (await get_entity(session, entity)).path if entity else None
    filters["topics"] = topics_beside(taxonomy, topic) if topic else None
    after = decode_cursor(cursor, filters=values, parts=(str, UUID))
    rows = (
        await queries.list_focal_points(session, actor=actor, filters=filters, after=after, limit=PAGE + 1)
        if words or not q
        else []
    )
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    context = {
        **_names(request, taxonomy),
        "rows": rows[:PAGE],
        "values": values,
        "filtered": any(values.values()),
        "entities": [(each.key, each.name) for each in await list_entities(session)],
        "focuses": [(each.key, each.name.for_reader(request.state.language)) for each in taxonomy.focuses],
        "languages_to_choose": focal_words.official_languages(request.state.language),
        "is_inside": is_personnel(actor),
        "is_focal_point": is_focal_point(actor),
        "may_report": actor.may(Permission.FOCAL_POINTS_READ),
        "address": with_query("/focal-points", **{name: value or None for name, value in values.items()}),
        "next_cursor": encode_cursor([last.sort_key, last.id], filters=values) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "focal_points/directory.html", context)


def _names(request: Request, taxonomy: Taxonomy) -> dict[str, Any]:
    reader = request.state.language
    return {
        "topics": focal_words.topics_to_choose(taxonomy, reader),
        "topic_names": lambda keys: [focal_words.topic_name(taxonomy, each, reader) for each in keys],
        "language_names": lambda codes: focal_words.named(codes, reader),
        "exchange_kinds": focal_words.exchanges(reader),
    }


@router.get("/focal-points/{person_id:uuid}")
async def one(
    request: Request, session: DbSession, person_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """One focal point: for what, with which background, and, for personnel, sponsor and exchanges."""
    inside = is_personnel(actor)
    context = {
        **_names(request, await get_taxonomy(session)),
        "row": await queries.get_focal_point(session, person_id, actor=actor),
        "exchanges": await queries.exchanges_of(session, person_id) if inside else [],
        "is_inside": inside,
        "is_own": person_id == actor.person_id,
        "may_open_partners": actor.may(Permission.PARTNERS_READ),
    }
    return show(request, "focal_points/one.html", context)


# -- one's own ---------------------------------------------------------------------------------------------


@router.get(OWN)
async def own(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """What one says of one's own post, as a form, and one's exchanges with companies."""
    return await _own(request, session, actor, None, {})


async def _own(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    values: Mapping[str, Any] | None,
    errors: Errors,
    which: str = "profile",
) -> Response:
    row = await queries.own_profile(session, actor=actor)
    kept = _as_kept(row)
    context = {
        **_names(request, await get_taxonomy(session)),
        "row": row,
        "values": {**kept, **(values or {})} if which == "profile" else kept,
        "errors": errors if which == "profile" else {},
        "exchange": (values or {}) if which == "exchange" else {"kind": "visit"},
        "exchange_errors": errors if which == "exchange" else {},
        "official": focal_words.official_languages(request.state.language),
        "exchanges": await queries.exchanges_of(session, actor.person_id),
        "is_focal_point": is_focal_point(actor),
        "person_id": actor.person_id,
    }
    return show(request, "focal_points/own.html", context, status=422 if errors else 200)


def _as_kept(row: Any) -> dict[str, Any]:
    """What the form shows first."""
    if row is None:
        return {"revision": "0", "head_supports": "", "topics": [], "languages": []}
    supports = {True: "yes", False: "no", None: ""}[row.head_supports]
    return {
        "revision": str(row.revision),
        "share_percent": "" if row.share_percent is None else str(row.share_percent),
        "background": ", ".join(row.background),
        "sponsor": row.sponsor_email or "",
        "head_supports": supports,
        "support_words": row.support_words or "",
        "topics": row.topics,
        "languages": [each for each in row.languages if each in LANGUAGES],
        "other_languages": ", ".join(each for each in row.languages if each not in LANGUAGES),
        "shown_to_partners": "yes" if row.shown_to_partners else "",
        "wants_sessions": "yes" if row.wants_sessions else "",
    }


@router.post(OWN)
async def change_own(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """Keep it, unless it was changed in another window meanwhile."""
    form, values = await request.form(), dict[str, Any](await given(request))
    for name in ("topics", "languages"):
        values[name] = [each for each in form.getlist(name) if isinstance(each, str)]
    try:
        change = ProfileUpdate.model_validate(_sent(values))
        profile = await service.lock_profile(session, acting=actor)
        if values.get("revision") != str(profile.revision):
            raise Stale(texts(request).gettext("You changed this in another window. Open the page again."))
        sent = change.model_dump(exclude_unset=True)
        await service.change_profile(session, acting=actor, profile=profile, values=sent)
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        for name in ("shown_to_partners", "wants_sessions"):
            values.setdefault(name, "")
        return await _own(request, session, actor, values, _wrong(request, error))
    return redirect(request, OWN, flash=texts(request).gettext("Your profile is kept."))


def _sent(values: Mapping[str, Any]) -> dict[str, Any]:
    """The form's fields as the schema takes them."""
    return {
        "share_percent": values.get("share_percent") or None,
        "background": _listed(values.get("background", "")),
        "sponsor": values.get("sponsor") or None,
        "head_supports": {"yes": True, "no": False}.get(values.get("head_supports", "")),
        "support_words": values.get("support_words") or None,
        "languages": [*values["languages"], *_listed(values.get("other_languages", ""))],
        "topics": values["topics"],
        "shown_to_partners": values.get("shown_to_partners") == "yes",
        "wants_sessions": values.get("wants_sessions") == "yes",
    }


def _listed(written: str) -> list[str]:
    """Words with commas between, whichever script's comma it is."""
    return [each.strip() for each in re.split(r"[,،、，;]", written) if each.strip()]


def _wrong(request: Request, error: ValidationError | DomainError) -> Errors:
    _ = texts(request).gettext
    if isinstance(error, DomainError):
        return focal_words.refusal(error, request.state.language)
    words = {
        "share_percent": _("Write a whole number from 0 to 100."),
        "background": _("Twenty words at most, each of sixty characters at most."),
        "other_languages": _("Write languages by their codes, with commas between: sw, pt-BR."),
        "from_on": _("Write the day as year, month and day: 2026-11-23."),
        "until_on": _("Write the day as year, month and day: 2026-11-23."),
        "learned": _("Say what was learned, in 4,000 characters at most."),
        "partner": _("Choose a partner of the register."),
    }
    fields = [str(each["loc"][0]) if each["loc"] else "" for each in error.errors()]
    other = _("This is too long, or not of the kind asked for.")
    named = ["other_languages" if name == "languages" else name for name in fields]
    return {name: words.get(name, other) for name in named}


# -- exchanges ---------------------------------------------------------------------------------------------


@router.post(OWN + "/exchanges")
async def record_exchange(
    request: Request, session: DbSession, actor: Actor = page_permit(_SELF)
) -> Response:
    """Record an exchange of one's own with a company."""
    values = await given(request)
    names = ("kind", "from_on", "until_on", "learned")
    sent: dict[str, Any] = {name: values.get(name, "") for name in names}
    sent["is_two_sided"] = values.get("is_two_sided") == "yes"
    try:
        sent["partner"] = await _partner(session, actor, values.get("partner", ""))
        await service.record_exchange(session, acting=actor, new=ExchangeCreate.model_validate(sent).new())
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _own(request, session, actor, values, _exchange_errors(request, error), "exchange")
    flash = texts(request).gettext("The exchange is recorded.")
    return redirect(request, f"{OWN}#exchanges", flash=flash)


async def _partner(session: AsyncSession, actor: Actor, written: str) -> str:
    """The key of the one partner that has these words, or what was written."""
    words = search_words(written)
    if not words or not actor.may(Permission.PARTNERS_READ):
        return written
    found = await list_partners(session, actor=actor, words=words, filters={}, after=None, limit=2)
    exact = [each.key for each in found if written in (each.key, each.name)]
    return str(exact[0] if exact else found[0].key if len(found) == 1 else written)


def _exchange_errors(request: Request, error: ValidationError | DomainError) -> Errors:
    _ = texts(request).gettext
    if not isinstance(error, DomainError):
        return _wrong(request, error)
    words = {
        "partner": _("No partner of the register, or more than one, has these words in its name."),
        "until_on": _("It is recorded once it is over, and cannot end before it begins."),
        "from_on": _("An exchange lasts three years at most."),
    }
    found = focal_words.refusal(error, request.state.language)
    return {name: words.get(name, sentence) for name, sentence in found.items()}


@router.post(OWN + "/exchanges/{exchange_id:uuid}/withdraw")
async def withdraw_exchange(
    request: Request, session: DbSession, exchange_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Have it count no more."""
    await service.withdraw_exchange(session, acting=actor, exchange_id=exchange_id)
    flash = texts(request).gettext("The exchange counts no more.")
    return redirect(request, f"{OWN}#exchanges", flash=flash)
