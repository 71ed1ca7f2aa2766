"""Pages by which a supervisor or focal point proposes a plan and sees what became of it, and nothing else of plans."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy, titles_on_offer
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.i18n import search_words
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.queries import get_person, list_posts
from lms.plans import queries, service
from lms.plans.domain.explained import Why
from lms.plans.domain.states import NoProfile, NoTime
from lms.plans.service import Made, Terms
from lms.web import plan_view as view
from lms.web.given import Errors, Values, given, texts
from lms.web.plan import checked_terms, has_no_time, refused
from lms.web.plan_words import Words, why
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE, MOST_COURSES = 50, 20
TOLD = frozenset({Why.CLOSES, Why.PRACTICE_ONLY, Why.NEEDED_BY})
"""What the proposer is told of a step: what it is for. Where the person stands is theirs."""


# -- whom a focal point may propose to -----------------------------------------------------------------------


@router.get("/plans")
async def people_to_propose_to(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.PLANS_PROPOSE),
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """People of one's entities in name order, each with what became of one's last proposal."""
    filters = {"q": q}
    rows = await list_posts(
        session,
        actor=actor,
        permission=Permission.PLANS_PROPOSE,
        words=search_words(q),
        after=decode_cursor(cursor, filters=filters, parts=(str, UUID)),
        limit=PAGE + 1,
    )
    last, shown_rows = rows[PAGE - 1] if len(rows) > PAGE else None, rows[:PAGE]
    ids = [row.person_id for row in shown_rows]
    context = {
        "values": filters,
        "rows": shown_rows,
        "proposed": await queries.latest_proposals_by(session, actor.person_id, ids),
        "address": with_query("/plans", q=q or None),
        "next_cursor": encode_cursor([last.sort_key, last.person_id], filters=filters) if last else None,
        "is_first": cursor is None,
        "may_read_time": actor.may(Permission.LEARNING_TIME_READ),
    }
    return show(request, "supervisor/plans.html", context)


# -- proposing -----------------------------------------------------------------------------------------------


@router.get("/team/plans/{person_id:uuid}")
@router.get("/plans/{person_id:uuid}")
async def propose_page(
    request: Request, person_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """The form, and what one has proposed to this person before."""
    await service.check_may_propose(session, acting=actor, person_id=person_id)
    return await _page(request, session, actor, person_id, {}, [], {})


@router.post("/team/plans/{person_id:uuid}")
@router.post("/plans/{person_id:uuid}")
async def propose(
    request: Request, person_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Look at the plan as it would be proposed, or send it."""
    await service.check_may_propose(session, acting=actor, person_id=person_id)
    values, says = await given(request), texts(request)
    courses = [str(each) for each in (await request.form()).getlist("courses")]
    due_on, weekly, errors = checked_terms(values, says)
    if len(courses) > MOST_COURSES:
        sentence = says.gettext("Choose %(most)s courses at most.")
        errors["courses"] = sentence % {"most": MOST_COURSES}
    if errors:
        return await _page(request, session, actor, person_id, values, courses, errors)
    if values.get("do") != "send":
        terms = Terms(clock.today(), due_on, weekly, frozenset(courses))
        return await _previewed(request, session, actor, person_id, values, courses, terms)
    return await _sent(request, session, actor, person_id, values, courses, due_on, weekly)


async def _sent(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    person_id: UUID,
    values: Values,
    courses: list[str],
    due_on: date | None,
    weekly: int | None,
) -> Response:
    terms: dict[str, Any] = {"due_on": due_on, "weekly_minutes": weekly, "courses": courses}
    try:
        await service.propose(session, acting=actor, person_id=person_id, **terms)
    except DomainError as error:
        await roll_back(session)
        errors = refused(error, texts(request))
        return await _page(request, session, actor, person_id, values, courses, errors)
    says = texts(request).gettext("The plan is proposed; the person gets a mail, and decides.")
    return redirect(request, request.url.path, flash=says)


async def _previewed(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    person_id: UUID,
    values: Values,
    courses: list[str],
    terms: Terms,
) -> Response:
    offered = {each.key for each in await titles_on_offer(session, language=request.state.language)}
    says = texts(request)
    if not offered.issuperset(courses):
        errors = {"courses": says.gettext("A course that you chose is not on offer any more.")}
        return await _page(request, session, actor, person_id, values, courses, errors)
    made = await service.suggest(session, person_id, terms)
    if made.profile is None or has_no_time(made):
        errors = refused(NoProfile() if made.profile is None else NoTime(), says)
        return await _page(request, session, actor, person_id, values, courses, errors)
    return await _page(request, session, actor, person_id, values, courses, {}, made)


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    person_id: UUID,
    values: Values,
    courses: Sequence[str],
    errors: Errors,
    made: Made | None = None,
) -> Response:
    offered = await titles_on_offer(session, language=request.state.language)
    words = Words({each.key: each for each in offered}, await get_taxonomy(session), request.state.language)
    context = {
        "person": await get_person(session, person_id),
        "values": {**values, "courses": list(courses)},
        "errors": errors,
        "courses": [(each.key, words.course(each.key)) for each in offered],
        "preview": preview_of(words, made.content, courses) if made else None,
        "weekly_minutes": made.weekly_minutes if made else None,
        "due_on": made.terms.due_on if made else None,
        "proposals": _proposals(
            words, await queries.proposals_by(session, actor.person_id, person_id=person_id)
        ),
        "here": request.url.path,
        "back": "/team" if request.url.path.startswith("/team/") else "/plans",
        "today": clock.today(),
    }
    return show(request, "supervisor/propose.html", context, status=422 if errors else 200)


def preview_of(words: Words, content: Mapping[str, Any], asked: Sequence[str]) -> dict[str, Any]:
    """The plan as its proposer sees it: steps and what they are for, and not where the person stands."""
    told = {**content, "steps": [_told(step) for step in content["steps"]]}
    numbered = view.numbered(words, told)
    steps = [
        {**shown, "why": why(numbered, step), "asked": step["key"] in asked}
        for shown, step in zip(view.steps_of(numbered, told), told["steps"], strict=True)
    ]
    planned = {step["key"] for step in content["steps"]}
    return {
        "steps": steps,
        "length": view.length_of(content),
        "missing": [words.course(key) for key in asked if key not in planned],
    }


def _told(step: Mapping[str, Any]) -> dict[str, Any]:
    """A step without what its reasons say of the person: levels held, courses completed, what they decided."""
    reasons = [each for each in step["reasons"] if each["why"] in TOLD]
    kept = ("competency", "wanted", "courses")
    return {
        **step,
        "reasons": [
            {"why": each["why"], "facts": {key: each["facts"][key] for key in kept if key in each["facts"]}}
            for each in reasons
        ],
    }


def _proposals(words: Words, rows: Sequence[Any]) -> list[dict[str, Any]]:
    """What one has proposed, the newest first: what was asked for, and what became of it."""
    return [
        {
            "made_at": row.made_at,
            "due_on": row.due_on,
            "state": row.state,
            "decided_at": row.decided_at,
            "asked": words.courses(row.content.get("proposed_courses") or ()),
        }
        for row in rows
    ]
