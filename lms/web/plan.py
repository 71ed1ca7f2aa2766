"""Pages of one's own learning plan: suggested, made one's own, adjusted, and what others propose."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.i18n import Translator
from lms.plans import queries, service
from lms.plans.domain.schedule import budget
from lms.plans.domain.states import NoProfile, NoTime, Wish, difference
from lms.plans.service import Made, Terms, given_weekly_minutes
from lms.web import plan_view as view
from lms.web.given import Errors, Values, day_in, given, said, texts
from lms.web.plan_words import filled
from lms.web.session import page_permit, redirect, show

router = APIRouter()
LEAST_MINUTES, MOST_MINUTES = 5, 2400  # a week


# -- one's own ---------------------------------------------------------------------------------------------


@router.get("/plan")
async def my_plan(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """One's plan with what is next; before there is one, the plan one could have."""
    row = await queries.find_active_plan(session, actor.person_id)
    if row is None:
        return await _suggestion(request, session, actor, {}, {})
    asker = await view.asker(request, session, actor)
    words = view.numbered(asker.words, row.content)
    steps = view.steps_of(words, row.content, asker)
    facts = (await queries.facts_of(session, [actor.person_id], on=clock.today()))[actor.person_id]
    context = {
        **await _about(session, actor, asker, words, row.content),
        "plan": row,
        "steps": steps,
        "next": view.next_of(steps),
        "changes": view.changes_of(words, await queries.changes_of(session, row.id, limit=5)),
        "time": await queries.find_learning_time(session, actor.person_id),
        "given": given_weekly_minutes(facts),
        "today": clock.today(),
    }
    return show(request, "learner/plan.html", context)


async def _about(
    session: AsyncSession, actor: Actor, asker: view.Asker, words: Any, content: Mapping[str, Any]
) -> dict[str, Any]:
    """What both pages show beside the steps: proposals, the profile, the gap, what was left out."""
    wishes = await queries.wishes_of(session, actor.person_id)
    return {
        "proposals": await queries.proposals_to(session, actor.person_id),
        "profile": asker.profile,
        "length": view.length_of(content),
        "bars": view.gap_bars(words, content),
        "reached": {by: view.reached(content, by) for by in ("held", "planned")},
        "left_out": view.left_out_of(words, content, wishes),
        "more_left_out": content.get("more_left_out", 0),
        "wishes": wishes,
    }


@router.get("/plan/new")
async def suggested_plan(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """The plan one could have today, also for whoever has one: to make it anew, with another day."""
    return await _suggestion(request, session, actor, {}, {})


@router.post("/plan/new")
async def make_plan(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Look at the plan within other terms, or make it one's own."""
    values = await given(request)
    due_on, weekly, errors = checked_terms(values, texts(request))
    if errors or values.get("do") == "preview":
        terms = None if errors else Terms(clock.today(), due_on, weekly)
        return await _suggestion(request, session, actor, values, errors, terms)
    try:
        await service.accept_own(session, acting=actor, due_on=due_on, weekly_minutes=weekly)
    except DomainError as error:
        await roll_back(session)
        return await _suggestion(request, session, actor, values, refused(error, texts(request)))
    return redirect(
        request,
        "/plan",
        flash=texts(request).gettext("This is your plan now. You can change it at any time."),
    )


async def _suggestion(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    values: Values,
    errors: Errors,
    terms: Terms | None = None,
) -> Response:
    without = Terms(clock.today())
    made = await service.suggest(session, actor.person_id, terms or without)
    if has_no_time(made):
        errors = refused(NoTime(), texts(request))
        made = await service.suggest(session, actor.person_id, without)
    asker = await view.asker(request, session, actor)
    words = view.numbered(asker.words, made.content)
    context = {
        **await _about(session, actor, asker, words, made.content),
        "steps": view.steps_of(words, made.content, asker),
        "weekly_minutes": made.weekly_minutes,
        "due_on": made.terms.due_on,
        "given": given_weekly_minutes(made.facts),
        "has_plan": await queries.find_active_plan(session, actor.person_id) is not None,
        "values": {"weekly_minutes": str(made.facts.weekly_minutes or "")} | values,
        "errors": errors,
        "today": clock.today(),
    }
    return show(request, "learner/plan_suggested.html", context, status=422 if errors else 200)


def has_no_time(made: Made) -> bool:
    """Whether the day that was looked at leaves no whole week to learn in."""
    terms = made.terms
    return budget(made.weekly_minutes, terms.start_on, terms.due_on, made.facts.absences) == 0


def checked_terms(values: Values, says: Translator) -> tuple[date | None, int | None, Errors]:
    """The day and the minutes a week of a form, with what is to be corrected in them."""
    errors: Errors = {}
    due_on = day_in(values, "due_on", errors, says)
    if due_on is not None and due_on <= clock.today():
        errors["due_on"] = says.gettext("Choose a day to come.")
    return due_on, minutes_in(values, errors, says), errors


def minutes_in(values: Values, errors: Errors, says: Translator) -> int | None:
    """Minutes a week; None when the field is empty or, with a line in `errors`, no such number."""
    written = values.get("weekly_minutes", "")
    if not written:
        return None
    if written.isdecimal() and len(written) < 6 and LEAST_MINUTES <= int(written) <= MOST_MINUTES:
        return int(written)
    sentence = says.gettext("Write whole minutes, from %(least)s to %(most)s.")
    errors["weekly_minutes"] = sentence % {"least": LEAST_MINUTES, "most": MOST_MINUTES}
    return None


def refused(error: DomainError, says: Translator) -> Errors:
    """What a form says when no plan could be made."""
    if isinstance(error, NoTime):
        return {
            "due_on": says.gettext("Until that day there is no whole week to learn in. Choose a later day.")
        }
    words: dict[type[DomainError], str] = {
        NoProfile: says.gettext("No target profile says what the work asks for, so no plan can be made yet.")
    }
    return said(error, words)


@router.post("/plan/courses/{key}")
async def decide_about_course(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Keep a course in the plan, drop it, or leave it to the plan again."""
    wish, says = (await given(request)).get("wish", ""), texts(request)
    wanted = Wish(wish) if wish in set(Wish) else None
    await service.wish(session, acting=actor, course=key, wanted=wanted)
    title = (await view.asker(request, session, actor)).words.course(key).striptags()
    sentences = {
        Wish.PINNED: says.gettext("“%(course)s” stays in your plan."),
        Wish.DROPPED: says.gettext("“%(course)s” is dropped. To undo it, look under what was left out."),
        None: says.gettext("“%(course)s” is left to the plan again."),
    }
    return redirect(request, "/plan", flash=sentences[wanted] % {"course": title})


# -- what others propose -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Beside:
    """A proposal beside one's own plan: what it would add, take away and keep."""

    added: list[Any]
    removed: list[Any]
    kept: int


def beside(words: Any, own: Mapping[str, Any] | None, proposed: Mapping[str, Any]) -> Beside | None:
    """The comparison; None for whoever has no plan yet."""
    if own is None:
        return None
    changed = difference(own, proposed, done=sorted(words.completed))
    names = [[view.named(words, key) for key in keys] for keys in (changed.added, changed.removed)]
    return Beside(names[0], names[1], len(proposed["steps"]) - len(changed.added))


@router.get("/plan/proposals/{plan_id:uuid}")
async def proposal(
    request: Request, plan_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """What somebody proposes, beside one's own plan."""
    row = await queries.find_proposal(session, plan_id, person_id=actor.person_id)
    own = await queries.find_active_plan(session, actor.person_id)
    asker = await view.asker(request, session, actor)
    asked = frozenset(row.content.get("proposed_courses", ()))
    words = view.numbered(asker.words, row.content, asked_by=row.proposed_by, asked=asked)
    context = {
        "proposal": row,
        "asked": words.courses(sorted(asked)) if asked else None,
        "steps": view.steps_of(words, row.content, asker),
        "length": view.length_of(row.content),
        "bars": view.gap_bars(words, row.content),
        "reached": {by: view.reached(row.content, by) for by in ("held", "planned")},
        "beside": beside(words, own and own.content, row.content),
        "own": own,
        "wishes": {},
        "today": clock.today(),
    }
    return show(request, "learner/plan_proposal.html", context)


@router.post("/plan/proposals/{plan_id:uuid}")
async def decide_about_proposal(
    request: Request, plan_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Accept it, and it takes the place of one's own; or decline it, and nothing changes."""
    accept, says = (await given(request)).get("decision") == "accept", texts(request)
    waiting = {each.id: each for each in await queries.proposals_to(session, actor.person_id)}
    await service.decide(session, acting=actor, plan_id=plan_id, accept=accept)
    if plan_id not in waiting:  # sent twice: it was decided, and said, the first time
        return redirect(request, "/plan")
    done = says.gettext("The plan that %(name)s proposed is yours now.")
    left = says.gettext("You declined the plan that %(name)s proposed. Yours stays as it is.")
    text = filled(done if accept else left, name=waiting[plan_id].proposed_by)
    return redirect(request, "/plan", flash=text.striptags())
