"""Pages of the equivalence register: read it, look before deciding, decide, withdraw."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import titles_of_versions, titles_on_offer
from lms.completions import equivalence_queries as queries
from lms.completions import equivalences as service
from lms.completions.domain.equivalences import AlreadyEquivalent, AlreadyWithdrawn, EquivalenceLoop
from lms.completions.equivalence_preview import preview
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.domain import EntityNotFound
from lms.people.queries import entities_in_scope
from lms.web.course_view import foreign
from lms.web.given import Errors, Values, day_in, given, require, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
PAGE, REASON_MOST = 50, 2000
REGISTER, EVERYBODY = "/equivalences", "*"
_DECIDE = Permission.EQUIVALENCES_DECIDE


@router.get(REGISTER)
async def register(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_DECIDE),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """The register, latest decided first."""
    return await _register(request, session, actor, cursor, {})


async def _register(
    request: Request, session: AsyncSession, actor: Actor, cursor: str | None, errors: Errors
) -> Response:
    after = decode_cursor(cursor, filters={}, parts=(UUID,))
    rows = await queries.list_equivalences(session, actor=actor, after=after, limit=PAGE + 1)
    shown, language = rows[:PAGE], request.state.language
    versions = [each for row in shown for each in (row.held_version_id, row.gives_version_id)]
    context = {
        "rows": shown,
        "titles": await titles_of_versions(session, versions, language=language),
        "foreign": foreign,
        "may_decide": lambda row: service.may_decide_for(actor, row.path),
        "may_waive": actor.may(Permission.COMPLETIONS_WAIVE),
        "errors": errors,
        "next_cursor": encode_cursor([shown[-1].id], filters={}) if len(rows) > PAGE else None,
        "is_first": cursor is None,
        "reason_most": REASON_MOST,
    }
    return show(request, "register/equivalences.html", context, status=422 if errors else 200)


@router.get(REGISTER + "/new")
async def new(request: Request, session: DbSession, actor: Actor = page_permit(_DECIDE)) -> Response:
    """The form by which an equivalence is looked at, and then decided."""
    return await _form(request, session, actor, {}, {}, None)


async def _form(
    request: Request, session: AsyncSession, actor: Actor, values: Values, errors: Errors, seen: Any
) -> Response:
    offered = await titles_on_offer(session, language=request.state.language)
    entities = await entities_in_scope(session, actor=actor, permission=_DECIDE)
    scopes = [(each.key, each.name) for each in entities if service.may_decide_for(actor, each.path)]
    if service.is_coordinator(actor):
        scopes = [(EVERYBODY, texts(request).gettext("Everybody, in every entity")), *scopes]
    context = {
        "values": values,
        "errors": errors,
        "preview": seen,
        "courses": [(each.key, each.title) for each in offered],
        "entities": scopes,
        "reason_most": REASON_MOST,
    }
    return show(request, "register/equivalence.html", context, status=422 if errors else 200)


@router.post(REGISTER + "/new")
async def decide(request: Request, session: DbSession, actor: Actor = page_permit(_DECIDE)) -> Response:
    """Show whom it would hit; once that was seen, enter it."""
    values, errors, seen = await given(request), Errors(), None
    decision = _decision(request, values, errors)
    if decision is not None and not errors:
        try:
            if values.get("do") == "decide":
                await service.decide(session, acting=actor, decision=decision)
                says = texts(request).gettext(
                    "It stands in the register, and reaches everybody in a few minutes."
                )
                return redirect(request, REGISTER, flash=says)
            seen = await preview(session, actor=actor, decision=decision)
        except DomainError as error:
            await roll_back(session)
            errors = _refused(request, error)
    return await _form(request, session, actor, values, errors, seen)


def _decision(request: Request, values: Values, errors: Errors) -> service.Decision | None:
    says = texts(request)
    _ = says.gettext
    sentences = {
        "held": _("Choose the course that people have completed."),
        "gives": _("Choose the course that they are to hold by it."),
        "entity": _("Choose whose people it covers."),
        "from_on": _("Give the first day on which the course may have been completed."),
    }
    if values.get("do") == "decide":
        sentences["reason"] = _("Say why the two are equivalent.")
    require(values, errors, sentences)
    first, last = day_in(values, "from_on", errors, says), day_in(values, "until_on", errors, says)
    if first is None or errors:
        return None
    if last is not None and last < first:
        errors["until_on"] = _("It ends before it begins.")
    entity = None if values["entity"] == EVERYBODY else values["entity"]
    reason = values.get("reason", "")[:REASON_MOST]
    return service.Decision(values["held"], values["gives"], entity, first, last, reason)


def _refused(request: Request, error: DomainError) -> Errors:
    _ = texts(request).gettext
    words: dict[type[Any], tuple[str, str]] = {
        EquivalenceLoop: (
            "gives",
            _("By the register this course would in the end give itself. Choose another one."),
        ),
        AlreadyEquivalent: ("", _("This equivalence stands in the register already.")),
        EntityNotFound: ("entity", _("You decide for your own entities.")),
    }
    for kind, (field, sentence) in words.items():
        if isinstance(error, kind):
            return {field: sentence}
    return {fault.pointer.strip("/"): fault.detail for fault in error.faults} or {"": error.detail}


@router.post(REGISTER + "/{equivalence_id:uuid}/withdraw")
async def withdraw(
    request: Request, equivalence_id: UUID, session: DbSession, actor: Actor = page_permit(_DECIDE)
) -> Response:
    """Have it give nothing new; what it gave stays."""
    values, _ = await given(request), texts(request).gettext
    if not values.get("reason"):
        missing = {"": _("Say why it is withdrawn.")}
        return await _register(request, session, actor, None, missing)
    flash, kind = _("It is withdrawn: it gives nothing new, and what it gave stays."), "done"
    try:
        await service.withdraw(
            session, acting=actor, equivalence_id=equivalence_id, reason=values["reason"][:REASON_MOST]
        )
    except AlreadyWithdrawn:
        await roll_back(session)
        flash, kind = _("This equivalence was withdrawn before; nothing was changed."), "attention"
    return redirect(request, REGISTER, flash=flash, kind=kind)
