"""Pages of needs and offers: the lists, one of them with what fits it, and the form."""

from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy
from lms.joint_trainings.domain.exchange import Act, NoticeKind, NoticeState, Standing, standing_of
from lms.joint_trainings.queries import exchange as queries
from lms.joint_trainings.queries.introductions import list_introductions
from lms.joint_trainings.service import exchange as service
from lms.joint_trainings.service.introductions import state_of
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotAllowed, Stale
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES, search_words
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.queries import list_entities
from lms.web import exchange_words
from lms.web.course_view import language_choices, own_names
from lms.web.course_view import said as label_said
from lms.web.exchange_form import as_change, as_new, as_written, choices, read_form, wrong_in
from lms.web.given import Errors, chosen, day_in, said, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE, FITS = 50, 5
_READ, _INTRODUCE = Permission.EXCHANGE_READ, Permission.EXCHANGE_INTRODUCE


class Place(StrEnum):
    """Where they stand in addresses."""

    NEEDS = "needs"
    OFFERS = "offers"

    @property
    def kind(self) -> NoticeKind:
        """What stands there."""
        return NoticeKind.NEED if self is Place.NEEDS else NoticeKind.OFFER


@router.get("/exchange")
async def exchange(request: Request, actor: Actor = page_permit(_READ)) -> Response:
    """Needs first: they are what offers answer."""
    return redirect(request, "/exchange/needs")


@router.get("/exchange/{place}")
async def list_notices(
    request: Request,
    session: DbSession,
    place: Place,
    actor: Actor = page_permit(_READ),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Needs or offers, the latest first; what is posted unless another state is asked for."""
    language, taxonomy = request.state.language, await get_taxonomy(session)
    values = {name: request.query_params.get(name, "")[:200] for name in _FILTERS}
    standings = exchange_words.standings(language, place.kind)
    values["state"] = chosen(values, "state", {**standings, "all": ""}, "posted")
    asked: dict[str, Any] = {"list": place.value, **values}
    words = search_words(values["q"])
    rows = await queries.list_notices(
        session,
        place.kind,
        actor=actor,
        taxonomy=taxonomy,
        filters=_narrowed(request, values),
        words=words,
        own=values["whose"] == "own",
        after=decode_cursor(cursor, filters=asked, parts=(UUID,)),
        limit=PAGE + 1,
    )
    shown = rows[:PAGE] if words or not values["q"] else []
    address = with_query(
        f"/exchange/{place.value}", **{name: value or None for name, value in values.items()}
    )
    context = {
        **_about(place, actor),
        "rows": [(row, _standing(row), queries.areas_of(row, taxonomy)) for row in shown],
        "values": values,
        "is_filtered": any(value for name, value in values.items() if (name, value) != ("state", "posted")),
        "standings": standings,
        "standings_to_choose": [(key, words) for key, (words, _, _) in standings.items()],
        "areas": [(each.key, label_said(each.name, language)) for each in taxonomy.skill_areas],
        "focuses": [(each.key, label_said(each.name, language)) for each in taxonomy.focuses],
        "languages_to_choose": language_choices(LANGUAGES, language),
        "names": exchange_words.Names(taxonomy, language),
        "own_names": own_names,
        "address": address,
        "next_cursor": encode_cursor([shown[-1].id], filters=asked) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "exchange/list.html", context)


_FILTERS = ("q", "skill_area", "focus", "in_language", "from_on", "until_on", "state", "whose")


def _narrowed(request: Request, values: dict[str, str]) -> queries.Filters:
    says, ignored = texts(request), Errors()
    return queries.Filters(
        standing=None if values["state"] == "all" else Standing(values["state"]),
        skill_area=values["skill_area"] or None,
        focus=values["focus"] or None,
        language=values["in_language"] or None,
        from_on=day_in(values, "from_on", ignored, says),
        until_on=day_in(values, "until_on", ignored, says),
    )


def _standing(row: Any) -> str:
    return standing_of(NoticeState(row.state), row.stands_until, clock.today()).value


def _about(place: Place, actor: Actor) -> dict[str, Any]:
    return {
        "place": place.value,
        "is_offer": place is Place.OFFERS,
        "base": f"/exchange/{place.value}",
        "may_post": actor.may(queries.POSTS[place.kind]),
        "introduces": bool(actor.paths(_INTRODUCE)),
    }


# -- the form ----------------------------------------------------------------------------------------------


@router.get("/exchange/{place}/new")
async def new_notice(
    request: Request, session: DbSession, place: Place, actor: Actor = page_permit(_READ)
) -> Response:
    """The form by which a need or an offer is written."""
    _require_posting(place, actor)
    language = request.state.language
    values = {"language": language, "languages": [language], "setting": "either"}
    values["owner"] = f"entity:{actor.entity_key}" if actor.entity_key else ""
    return await _form(request, session, actor, place, None, values, {})


def _require_posting(place: Place, actor: Actor) -> None:
    if not actor.may(queries.POSTS[place.kind]):
        raise NotAllowed()


async def _form(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    place: Place,
    notice: Any,
    values: Any,
    errors: Errors,
) -> Response:
    context = {
        **_about(place, actor),
        **await choices(request, session, actor, place.kind),
        "notice": notice,
        "values": values,
        "errors": errors,
    }
    return show(request, "exchange/edit.html", context, status=422 if errors else 200)


@router.post("/exchange/{place}/new")
async def write(
    request: Request, session: DbSession, place: Place, actor: Actor = page_permit(_READ)
) -> Response:
    """Keep it as a draft, or post it at once."""
    _require_posting(place, actor)
    values, _ = await read_form(request), texts(request).gettext
    try:
        new = as_new(place.kind, values)
        owner = service.Owner(new.entity, getattr(new, "partner", None))
        row = await service.write(session, acting=actor, kind=place.kind, owner=owner, notice=new.notice())
        if values.get("do") == "post":
            await service.act(session, acting=actor, row=row, what=Act.POST)
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _form(request, session, actor, place, None, values, wrong_in(request, error))
    is_posted = row.state == NoticeState.POSTED
    flash = _("It is posted.") if is_posted else _("It is kept as a draft; nobody else sees it.")
    return redirect(request, f"/exchange/{place.value}/{row.id}", flash=flash)


@router.get("/exchange/{place}/{notice_id:uuid}/edit")
async def edit_page(
    request: Request, session: DbSession, place: Place, notice_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """What it says, as a form."""
    row = await queries.get_notice(session, place.kind, notice_id, actor=actor, own=True)
    return await _form(request, session, actor, place, row, as_written(place.kind, row), {})


@router.post("/exchange/{place}/{notice_id:uuid}/edit")
async def edit(
    request: Request, session: DbSession, place: Place, notice_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """Change it, unless somebody else has changed it meanwhile."""
    values = await read_form(request)
    shown = await queries.get_notice(session, place.kind, notice_id, actor=actor, own=True)
    try:
        row = await queries.lock_notice(session, place.kind, notice_id, actor=actor)
        if values.get("revision") != str(row.revision):
            raise Stale(texts(request).gettext("Somebody changed this meanwhile. Open it again."))
        change = as_change(place.kind, values)
        await service.change(session, acting=actor, row=row, values=change.values())
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _form(request, session, actor, place, shown, values, wrong_in(request, error))
    return redirect(
        request, f"/exchange/{place.value}/{notice_id}", flash=texts(request).gettext("It is changed.")
    )


# -- one of them -------------------------------------------------------------------------------------------


@router.get("/exchange/{place}/{notice_id:uuid}")
async def notice_page(
    request: Request, session: DbSession, place: Place, notice_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """A need or an offer, with what fits it and what came of it."""
    return await page_of(request, session, actor, place, notice_id, {})


async def page_of(
    request: Request, session: AsyncSession, actor: Actor, place: Place, notice_id: UUID, errors: Errors
) -> Response:
    """The page, with what went wrong on it."""
    language, taxonomy = request.state.language, await get_taxonomy(session)
    row = await queries.get_notice(session, place.kind, notice_id, actor=actor)
    is_own = await queries.is_own(session, place.kind, notice_id, actor=actor)
    names = exchange_words.Names(taxonomy, language)
    fits = await service.fits_for(session, row, actor=actor, limit=FITS)
    met = await list_introductions(session, actor=actor, notice_id=notice_id, limit=PAGE)
    introduces = bool(actor.paths(_INTRODUCE))
    context = {
        **_about(place, actor),
        "notice": row,
        "standing": _standing(row),
        "standings": exchange_words.standings(language, place.kind),
        "is_own": is_own,
        "tells_contact": is_own or introduces,
        "makes_drafts": is_own or introduces,
        "names": names,
        "held_in": own_names(row.languages),
        "settings": exchange_words.settings(language),
        "fits": [(each, exchange_words.reasons(fit, names, language)) for each, fit in fits],
        "other_base": f"/exchange/{Place.NEEDS if place is Place.OFFERS else Place.OFFERS}",
        "known": {each.need_id for each in met} | {each.offer_id for each in met},
        "introduced": [(each, state_of(each).value) for each in met],
        "introductions": exchange_words.introductions(language),
        "entities": [(each.key, each.name) for each in await list_entities(session)],
        "errors": errors,
        "values": {},
    }
    return show(request, "exchange/notice.html", context, status=422 if errors else 200)


@router.post("/exchange/{place}/{notice_id:uuid}/{act}")
async def act(
    request: Request,
    session: DbSession,
    place: Place,
    notice_id: UUID,
    act: Act,
    actor: Actor = page_permit(_READ),
) -> Response:
    """Post it (again), say that it is met, or withdraw it."""
    row = await queries.lock_notice(session, place.kind, notice_id, actor=actor)
    try:
        await service.act(session, acting=actor, row=row, what=act)
    except DomainError as error:
        await roll_back(session)
        if error.faults:  # something is missing: the form says what
            shown = await queries.get_notice(session, place.kind, notice_id, actor=actor, own=True)
            values, wrong = as_written(place.kind, shown), wrong_in(request, error)
            return await _form(request, session, actor, place, shown, values, wrong)
        return await page_of(request, session, actor, place, notice_id, said(error))
    _ = texts(request).gettext
    flashes = {
        Act.POST: _("It is posted."),
        Act.MEET: _("It is marked; it can be posted again."),
        Act.WITHDRAW: _("It is withdrawn; it can be posted again."),
    }
    return redirect(request, f"/exchange/{place.value}/{notice_id}", flash=flashes[act])
