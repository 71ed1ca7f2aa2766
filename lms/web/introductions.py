"""Pages of introductions: the list, one of them with both sides, and the steps that lead to a draft training."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.exchange import AlreadyIntroduced, IntroductionState, NoticeKind
from lms.joint_trainings.domain.exchange_terms import seats_for
from lms.joint_trainings.queries import introductions as queries
from lms.joint_trainings.schemas.exchange import side_read
from lms.joint_trainings.service import introductions as service
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.web import exchange_words
from lms.web.exchange import Place, page_of
from lms.web.exchange_form import wrong_in
from lms.web.given import Errors, given, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE = 50
_READ, _HOST = Permission.EXCHANGE_READ, Permission.TRAININGS_HOST


@router.get("/exchange/introductions")
async def list_introductions(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_READ),
    state: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Introductions of one's needs and offers, the latest first."""
    wanted = IntroductionState(state) if state in set(IntroductionState) else None
    asked = {"state": wanted.value if wanted else ""}
    after = decode_cursor(cursor, filters=asked, parts=(UUID,))
    rows = await queries.list_introductions(session, actor=actor, state=wanted, after=after, limit=PAGE + 1)
    shown, states = rows[:PAGE], exchange_words.introductions(request.state.language)
    context = {
        "rows": [(row, service.state_of(row).value) for row in shown],
        "states": states,
        "states_to_choose": [(key, words) for key, (words, _, _) in states.items()],
        "values": asked,
        "place": "introductions",
        "address": with_query("/exchange/introductions", state=asked["state"] or None),
        "next_cursor": encode_cursor([shown[-1].id], filters=asked) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "exchange/introductions.html", context)


@router.post("/exchange/introductions")
async def introduce(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.EXCHANGE_INTRODUCE)
) -> Response:
    """Introduce a need and an offer; a second click leads to what the first one made."""
    values = await given(request)
    need_id, offer_id = _id(values.get("need", "")), _id(values.get("offer", ""))
    try:
        made = await service.introduce(
            session, acting=actor, need_id=need_id, offer_id=offer_id, words=values.get("words", "")[:2000]
        )
    except AlreadyIntroduced:
        await roll_back(session)
        rows = await queries.list_introductions(session, actor=actor, notice_id=need_id, limit=200)
        made = next(row.id for row in rows if row.offer_id == offer_id)
        return redirect(request, f"/exchange/introductions/{made}")
    flash = texts(request).gettext("Both sides are told by mail whom to speak to.")
    return redirect(request, f"/exchange/introductions/{made}", flash=flash)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        return UUID(int=0)


@router.get("/exchange/introductions/{introduction_id:uuid}")
async def introduction_page(
    request: Request, session: DbSession, introduction_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """Both sides, and what comes of it."""
    return await _page(request, session, actor, introduction_id, {}, {})


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    introduction_id: UUID,
    values: dict[str, str],
    errors: Errors,
) -> Response:
    row = await queries.get_introduction(session, introduction_id, actor=actor)
    context = {
        "introduction": row,
        "state": service.state_of(row).value,
        "states": exchange_words.introductions(request.state.language),
        "sides": [
            (kind.value, f"{kind.value}s", side)
            for kind in NoticeKind
            if (side := side_read(row, kind.value)) is not None
        ],
        "seats": seats_for(row.need_seats, row.offer_seats),
        "is_side": row.is_need_side or row.is_offer_side,
        "values": values,
        "errors": errors,
    }
    return show(request, "exchange/introduction.html", context, status=422 if errors else 200)


@router.post("/exchange/introductions/{introduction_id:uuid}/decline")
async def decline(
    request: Request, session: DbSession, introduction_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """Decline for one's side, with words to the other."""
    values = await given(request)
    words = values.get("words", "")[:2000]
    try:
        await service.decline(session, acting=actor, introduction_id=introduction_id, words=words)
    except DomainError as error:
        await roll_back(session)
        wrong = wrong_in(request, error)
        return await _page(request, session, actor, introduction_id, values, wrong)
    flash = texts(request).gettext("The other side is told by mail, in your words.")
    return redirect(request, f"/exchange/introductions/{introduction_id}", flash=flash)


@router.post("/exchange/introductions/{introduction_id:uuid}/training")
async def draft(
    request: Request, session: DbSession, introduction_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Make a draft training of both; a second click leads to the same one."""
    try:
        training_id = await service.draft(session, acting=actor, introduction_id=introduction_id)
    except DomainError as error:
        await roll_back(session)
        return await _page(request, session, actor, introduction_id, {}, wrong_in(request, error))
    return _to_training(request, training_id)


def _to_training(request: Request, training_id: UUID) -> Response:
    flash = texts(request).gettext(
        "The draft is made. Both sides can change it; each host accepts by itself."
    )
    return redirect(request, f"/trainings/{training_id}", flash=flash)


@router.post("/exchange/{place}/{notice_id:uuid}/training")
async def draft_alone(
    request: Request, session: DbSession, place: Place, notice_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Make a draft of a need or an offer without the other kind."""
    values = await given(request)
    try:
        _, training_id = await service.draft_alone(
            session, acting=actor, kind=place.kind, notice_id=notice_id, entity=values.get("entity") or None
        )
    except DomainError as error:
        await roll_back(session)
        wrong = {"entity": exchange_words.wrong(request.state.language)["entity"]}
        shown = wrong if error.faults and error.faults[0].pointer == "/entity" else wrong_in(request, error)
        return await page_of(request, session, actor, place, notice_id, shown)
    return _to_training(request, training_id)
