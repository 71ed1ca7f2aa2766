"""Pages of rules: what an entity assigns to whom, with a preview of whom it hits and what it costs them."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned import queries, service
from lms.assigned.domain.cost import few
from lms.assigned.domain.rules import BadRule, NotTheHead, RuleNotActive, RuleNotDraft, RuleState
from lms.assigned.queries import Counts, too_few
from lms.assigned.queries.assignments import sort_parts
from lms.assigned.service import Previewed
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, NotFound, Stale
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.kernel.small_cells import LEAST
from lms.people.queries import entities_in_scope, get_entity_visible_to
from lms.web.assigned_view import Names, lines_of, names_for, requests_waiting
from lms.web.given import Errors, chosen, given, texts
from lms.web.rule_form import Written, as_written, choices, faults_said, read_form
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE, MOST_NAMES = 50, 200
MAKE = Permission.ASSIGNMENTS_MAKE


@router.get("/assigned")
async def rules(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(MAKE),
    state: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Rules of one's entities, the newest first, with how far their people are."""
    states = {each.value: each for each in RuleState}
    values = {"state": chosen({"state": state}, "state", states, "")}
    rows = await queries.list_rules(
        session,
        actor=actor,
        state=values["state"] or None,
        after=decode_cursor(cursor, filters=values, parts=(UUID,)),
        limit=PAGE + 1,
    )
    names, shown = await names_for(session, request.state.language), rows[:PAGE]
    more = len(rows) > PAGE
    context = {
        "rules": await _counted(session, names, shown, actor),
        "values": values,
        "reads": actor.may(Permission.ASSIGNMENTS_READ),
        "address": with_query("/assigned", state=values["state"] or None),
        "next_cursor": encode_cursor([shown[-1].id], filters=values) if more else None,
        "is_first": cursor is None,
        "requests": len(await requests_waiting(session, actor)),
    }
    return show(request, "assigned/rules.html", context)


async def _counted(
    session: AsyncSession, names: Names, rows: Sequence[Any], actor: Actor
) -> list[dict[str, Any]]:
    """Rules with how far their people are; `few`: of so few that the reader is not told."""
    ids = [row.id for row in rows]
    counts = await queries.counts_of(session, ids)
    overdue = await queries.overdue_of_rules(session, ids, today=clock.today())
    return [
        {
            "row": row,
            "title": names.title(row),
            "counts": counts.get(row.id, Counts()),
            "few": row.state != RuleState.DRAFT
            and too_few(counts.get(row.id, Counts()).assigned, actor, row.entity_path),
            "overdue": sum(each.rule_id == row.id for each in overdue),
            "due": names.due(row),
            "whom": names.whom(row),
        }
        for row in rows
    ]


# -- writing one down --------------------------------------------------------------------------------------


@router.get("/assigned/new")
async def new_rule(request: Request, session: DbSession, actor: Actor = page_permit(MAKE)) -> Response:
    """The form of a new rule."""
    values = {"kinds": ["staff"], "force": "recommended", "due": "on"}
    return await _form(request, session, actor, Written(values), {})


@router.post("/assigned/new")
async def make_rule(request: Request, session: DbSession, actor: Actor = page_permit(MAKE)) -> Response:
    """Keep a new rule as a draft, or look at what it would do first."""
    written = await read_form(request)
    if written.errors or written.values.get("do") == "preview":
        return await _form(request, session, actor, written, written.errors)
    try:
        rule_id = await service.make_rule(
            session, acting=actor, entity=written.values["entity"], terms=written.terms
        )
    except (BadRule, NotFound) as error:
        await roll_back(session)
        return await _form(request, session, actor, written, faults_said(error, texts(request)))
    return redirect(request, f"/assigned/{rule_id}", flash=_kept(request))


def _kept(request: Request) -> str:
    return texts(request).gettext("The draft is kept. It assigns nothing until it is activated.")


@router.post("/assigned/preview")
async def preview(request: Request, session: DbSession, actor: Actor = page_permit(MAKE)) -> Response:
    """The part of the form's page that shows whom it hits, as the form stands; for the page's own script."""
    written = await read_form(request)
    previewed = await _previewed(session, actor, written)
    return show(request, "assigned/preview_part.html", {"preview": _shown(previewed)})


async def _previewed(session: AsyncSession, actor: Actor, written: Written) -> Previewed | None:
    """What the rule would do as it is written; None as long as it is none."""
    if written.errors:
        return None
    try:
        entity = await get_entity_visible_to(
            session, written.values.get("entity", ""), actor=actor, permission=MAKE
        )
        await service.check_terms(session, written.terms)
    except DomainError:
        return None
    return await service.preview_terms(session, path=entity.path, terms=written.terms, actor=actor)


def _shown(previewed: Previewed | None) -> dict[str, Any] | None:
    """A preview with the first of the names."""
    if previewed is None:
        return None
    return {
        "all": previewed.preview,
        "people": previewed.people[:MOST_NAMES],
        "more": max(0, len(previewed.people) - MOST_NAMES),
        "reads": previewed.names_done,
    }


async def _form(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    written: Written,
    errors: Errors,
    rule: Any | None = None,
) -> Response:
    entities = await entities_in_scope(session, actor=actor, permission=MAKE)
    names = await names_for(session, request.state.language)
    values = {"entity": actor.entity_key or "", **written.values}
    shown = None
    if not errors:
        shown = _shown(await _previewed(session, actor, Written(values, written.errors, written.terms)))
    context = {
        "values": values,
        "errors": errors,
        "rule": rule,
        "entities": [(each.key, each.name) for each in entities],
        "orders": actor.may(Permission.ASSIGNMENTS_ORDER),
        "preview": shown,
        "here": f"/assigned/{rule.id}/edit" if rule else "/assigned/new",
        "back": f"/assigned/{rule.id}" if rule else "/assigned",
        **choices(names),
    }
    return show(request, "assigned/rule_form.html", context, status=422 if errors else 200)


@router.get("/assigned/{rule_id:uuid}/edit")
async def edit_rule(
    request: Request, rule_id: UUID, session: DbSession, actor: Actor = page_permit(MAKE)
) -> Response:
    """The form of a draft."""
    rule = await queries.get_rule_visible_to(session, rule_id, actor=actor)
    written = Written(as_written(rule), {}, service.terms_of(rule))
    return await _form(request, session, actor, written, {}, rule)


@router.post("/assigned/{rule_id:uuid}/edit")
async def change_rule(
    request: Request, rule_id: UUID, session: DbSession, actor: Actor = page_permit(MAKE)
) -> Response:
    """Keep the draft as it is now written; an entity once chosen stays."""
    written = await read_form(request)
    rule = await service.get_rule_for_change(session, rule_id, acting=actor)
    values = {**written.values, "entity": rule.entity}
    written = Written(values, {k: v for k, v in written.errors.items() if k != "entity"}, written.terms)
    if written.errors or values.get("do") == "preview":
        return await _form(request, session, actor, written, written.errors, rule)
    try:
        _require_seen(values, rule)
        await service.change_rule(session, rule=rule, terms=written.terms)
    except (BadRule, Stale, RuleNotDraft) as error:
        await roll_back(session)
        errors = faults_said(error, texts(request))
        return await _form(request, session, actor, written, errors, rule)
    return redirect(request, f"/assigned/{rule_id}", flash=_kept(request))


def _require_seen(values: Mapping[str, Any], rule: Any) -> None:
    """Raise unless the form was made for the rule as it stands."""
    if values.get("revision") != str(rule.revision):
        raise Stale()


# -- one rule ----------------------------------------------------------------------------------------------


@router.get("/assigned/{rule_id:uuid}")
async def rule(
    request: Request,
    rule_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(MAKE),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """A rule: of a draft what it would do, of an active one how far its people are."""
    row = await queries.get_rule_visible_to(session, rule_id, actor=actor)
    names, today = await names_for(session, request.state.language), clock.today()
    reads = actor.may(Permission.ASSIGNMENTS_READ, row.entity_path)
    ended = row.state == RuleState.ENDED
    context: dict[str, Any] = {
        **(await _counted(session, names, [row], actor))[0],
        "plain": names.plain_title(row),
        "preview": None if ended else _shown(await service.preview(session, row, actor=actor)),
        "may_order": not row.compulsory or actor.may(Permission.ASSIGNMENTS_ORDER, row.entity_path),
        "reads": reads,
        "lines": [],
        "next_cursor": None,
        "is_first": cursor is None,
        "today": today,
    }
    if reads and row.state != RuleState.DRAFT:
        after = decode_cursor(cursor, filters={"rule": rule_id}, parts=(str, UUID))
        found = await queries.list_assignments(
            session, actor=actor, today=today, rule_id=rule_id, after=after, limit=PAGE + 1
        )
        context["lines"] = lines_of(names, found[:PAGE], today, own=False)
        if len(found) > PAGE:
            context["next_cursor"] = encode_cursor(sort_parts(found[PAGE - 1]), filters={"rule": rule_id})
    return show(request, "assigned/rule.html", context)


@router.post("/assigned/{rule_id:uuid}/{verb}")
async def act(
    request: Request, rule_id: UUID, verb: str, session: DbSession, actor: Actor = page_permit(MAKE)
) -> Response:
    """Activate, end or throw away, as the page that asks has shown it."""
    values, says = await given(request), texts(request)
    found = await service.get_rule_for_change(session, rule_id, acting=actor)
    to = f"/assigned/{rule_id}"
    try:
        _require_seen(values, found)
        if verb == "activate":
            assigned, _ = await service.activate_rule(session, acting=actor, rule=found)
            flash = says.ngettext(
                "The rule is active; %(num)d person gets a mail.",
                "The rule is active; %(num)d people get a mail.",
                assigned,
            )
        elif verb == "end":
            await service.end_rule(session, acting=actor, rule=found)
            flash = says.gettext("The rule has ended, and with it what was not done.")
        elif verb == "delete":
            await service.delete_rule(session, rule=found)
            to, flash = "/assigned", says.gettext("The draft is thrown away.")
        else:
            raise NotFound()
    except (BadRule, Stale, RuleNotDraft, RuleNotActive, NotTheHead) as error:
        await roll_back(session)
        sentence = " ".join(faults_said(error, says).values())
        return redirect(request, to, flash=sentence, kind="attention")
    return redirect(request, to, flash=flash)


# -- overdue -----------------------------------------------------------------------------------------------


@router.get("/assigned/overdue")
async def overdue(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(MAKE),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What is overdue in one's entities once people were reminded: counts for each office, names for who reads them."""
    today = clock.today()
    mine = await queries.list_rules(session, actor=actor, state=RuleState.ACTIVE, limit=1000)
    late = await queries.overdue_of_rules(session, [row.id for row in mine], today=today)
    names = await names_for(session, request.state.language)
    reads = actor.may(Permission.ASSIGNMENTS_READ)
    context: dict[str, Any] = {
        **_overdue_counts(late, reads=reads),
        "reads": reads,
        "lines": [],
        "next_cursor": None,
        "is_first": cursor is None,
        "today": today,
    }
    if context["reads"]:
        after = decode_cursor(cursor, filters={"overdue": True}, parts=(str, UUID))
        found = await queries.list_assignments(
            session, actor=actor, today=today, overdue=True, after=after, limit=PAGE + 1
        )
        context["lines"] = lines_of(names, found[:PAGE], today, own=False)
        if len(found) > PAGE:
            context["next_cursor"] = encode_cursor(sort_parts(found[PAGE - 1]), filters={"overdue": True})
    return show(request, "assigned/overdue.html", context)


def _overdue_counts(late: Sequence[Any], *, reads: bool) -> dict[str, Any]:
    """How many assignments are overdue, and of how many people, in all and in each office, by name.

    To who may not see whose they are, None stands for figures of fewer than five people and what would tell them.
    """
    offices: dict[str, list[Any]] = {}
    for each in late:
        offices.setdefault(each.unit or "", []).append(each)
    people = {unit: len({each.person_id for each in some}) for unit, some in offices.items()}
    everybody = len({each.person_id for each in late})
    hidden = frozenset() if reads else few(people)
    is_few = not reads and everybody < LEAST
    rows = [
        {
            "office": some[0].unit_name or "–",
            "people": None if unit in hidden else people[unit],
            "overdue": None if unit in hidden else len(some),
        }
        for unit, some in offices.items()
    ]
    return {
        "offices": sorted(rows, key=lambda row: str(row["office"])),
        "any": bool(late),
        "total": None if is_few else len(late),
        "people": None if is_few else everybody,
    }
