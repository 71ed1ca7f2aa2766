"""Pages of screening, for an entity's circle: the gate's reasons and what they rest on, and the forms of officers."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.partners import screening
from lms.partners import screening_queries as queries
from lms.partners.domain.gate import Effort, Scope
from lms.partners.domain.screening import FactKind
from lms.partners.domain.warnings import latest_review
from lms.partners.policies import policy_for
from lms.partners.queries import get_partner
from lms.partners.screening import NewFact, NewStep, NewWarning
from lms.partners.screening_endpoints import screening_of
from lms.partners.screening_schemas import (
    BidCreate,
    DecisionCreate,
    ExclusionCreate,
    Revocation,
    StepCreate,
    WaiverCreate,
    WarningCreate,
)
from lms.people.queries import entities_in_scope, get_entity
from lms.web import screening_words
from lms.web.given import Errors, Values, given, said, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
_READ, _DECIDE, _NAME = Permission.SCREENING_READ, Permission.SCREENING_DECIDE, Permission.SCREENING_NAME
_PAGE = "/partners/{key}/screening"
FORMS: dict[str, tuple[Permission, type[BaseModel]]] = {
    "decision": (_DECIDE, DecisionCreate),
    "exclusion": (_DECIDE, ExclusionCreate),
    "bid": (_DECIDE, BidCreate),
    "waiver": (Permission.GATE_WAIVE, WaiverCreate),
    "warning": (_DECIDE, WarningCreate),
}


@router.get(_PAGE)
async def page(
    request: Request,
    session: DbSession,
    key: str,
    actor: Actor = page_permit(_READ),
    entity: Annotated[str, Query(max_length=100)] = "",
    form: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Everything the circle sees of a partner; that somebody looked is on record. One form is open at a time."""
    return await _page(request, session, actor, key, entity, {"form": form if form in FORMS else ""}, {})


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    key: str,
    entity: str,
    values: Values,
    errors: Errors,
) -> Response:
    entity = entity or actor.entity_key or ""
    host = await queries.get_circle_entity(session, entity, actor=actor)
    today = clock.today()
    context = {
        **screening_words.all_of(request.state.language),
        "partner": await get_partner(session, key, actor=actor),
        "host": host,
        "found": await screening_of(session, actor, key, entity, Scope.JOINT_TRAINING, Effort.FULL),
        "entities": [
            (each.key, each.name) for each in await entities_in_scope(session, actor=actor, permission=_READ)
        ],
        "lists": sorted(policy_for(host.path).exclusions),
        "values": {"occurred_on": today.isoformat(), "scope": "joint_training", "effort": "full"} | values,
        "errors": errors,
        "form": values.get("form", ""),
        "today": today,
        "latest_review": latest_review(today),
        "in_a_year": today + timedelta(days=365),
        "may_decide": actor.may(_DECIDE, host.path),
        "may_waive": actor.may(Permission.GATE_WAIVE, host.path),
    }
    return show(request, "partners/screening.html", context, status=422 if errors else 200)


@router.post(_PAGE)
async def record(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_READ)
) -> Response:
    """Record what one of the page's forms holds: the field `form` says which."""
    values = await given(request)
    try:
        await _record(session, actor, key, values)
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _page(
            request, session, actor, key, values.get("entity", ""), values, _wrong(request, error)
        )
    flash = texts(request).gettext("It is recorded, and seen by the circle only.")
    return redirect(request, f"/partners/{key}/screening?entity={values.get('entity', '')}", flash=flash)


async def _record(session: AsyncSession, actor: Actor, key: str, values: Values) -> None:
    form = values.get("form", "")
    _, schema = FORMS.get(form, FORMS["decision"])
    sent: dict[str, Any] = {n: values[n] for n in schema.model_fields if values.get(n)}
    if form == "warning":
        sent["is_heard"] = bool(values.get("is_heard"))
        new = NewWarning(**schema.model_validate(sent).model_dump())
        await screening.raise_warning(session, acting=actor, key=key, new=new)
    elif form == "waiver":
        await screening.give_waiver(
            session, acting=actor, key=key, **schema.model_validate(sent).model_dump()
        )
    else:
        told = schema.model_validate(sent).model_dump()
        told["subject"] = told.pop("on_list", None)
        kind = FactKind(form) if form in ("exclusion", "bid") else FactKind.DECISION
        await screening.record_fact(session, acting=actor, key=key, new=NewFact(kind=kind, **told))


def _wrong(request: Request, error: ValidationError | DomainError) -> Errors:
    """Every missing or unreadable field in the reader's words; what a use case refuses, in its own."""
    if isinstance(error, DomainError):
        return said(error)
    sentence = texts(request).gettext("Fill this in, as its label says.")
    return {str(each["loc"][0]) if each["loc"] else "": sentence for each in error.errors()}


@router.post(_PAGE + "/facts/{fact_id:uuid}/revoke")
async def revoke(
    request: Request, session: DbSession, key: str, fact_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """It no longer counts."""
    return await _act(request, session, actor, key, fact_id, Revocation, _revoke)


async def _revoke(session: AsyncSession, actor: Actor, fact_id: UUID, told: dict[str, Any]) -> None:
    await screening.revoke_fact(session, acting=actor, fact_id=fact_id, reason=told["reason"])


@router.post(_PAGE + "/warnings/{warning_id:uuid}/step")
async def step(
    request: Request, session: DbSession, key: str, warning_id: UUID, actor: Actor = page_permit(_DECIDE)
) -> Response:
    """Approve, renew or close a warning, or keep the partner's answer."""
    return await _act(request, session, actor, key, warning_id, StepCreate, _step)


async def _step(session: AsyncSession, actor: Actor, warning_id: UUID, told: dict[str, Any]) -> None:
    await screening.take_step(session, acting=actor, warning_id=warning_id, new=NewStep(**told))


async def _act(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    key: str,
    own_id: UUID,
    schema: type[BaseModel],
    act: Any,
) -> Response:
    values = await given(request)
    sent = {name: values[name] for name in schema.model_fields if values.get(name)}
    entity = values.get("entity", "")
    try:
        await act(session, actor, own_id, schema.model_validate(sent).model_dump())
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _page(
            request, session, actor, key, entity, {}, {"": " ".join(_wrong(request, error).values())}
        )
    flash = texts(request).gettext("It is recorded, and seen by the circle only.")
    return redirect(request, f"/partners/{key}/screening?entity={entity}", flash=flash)


# -- the circle --------------------------------------------------------------------------------------------


@router.get("/screening-circle")
async def circle(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_NAME),
    entity: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Senior managers whom officers let into an entity's circle."""
    return await _circle(request, session, actor, entity, {}, {})


async def _circle(
    request: Request, session: AsyncSession, actor: Actor, entity: str, values: Values, errors: Errors
) -> Response:
    offered = await entities_in_scope(session, actor=actor, permission=_NAME)
    chosen = next((each for each in offered if each.key == (entity or actor.entity_key)), offered[0])
    context = {
        "host": await get_entity(session, chosen.key),
        "entities": [(each.key, each.name) for each in offered],
        "members": await queries.members_of(session, chosen.id),
        "values": values,
        "errors": errors,
    }
    return show(request, "partners/circle.html", context, status=422 if errors else 200)


@router.post("/screening-circle")
async def name_manager(request: Request, session: DbSession, actor: Actor = page_permit(_NAME)) -> Response:
    """Let a senior manager in."""
    values = await given(request)
    entity = values.get("entity", "")
    try:
        await screening.name_manager(session, acting=actor, entity=entity, email=values.get("person", ""))
    except DomainError:
        await roll_back(session)
        wrong = {"person": texts(request).gettext("This is the e-mail of no senior manager of the entity.")}
        return await _circle(request, session, actor, entity, values, wrong)
    flash = texts(request).gettext("The manager is of the circle, from the next click on.")
    return redirect(request, f"/screening-circle?entity={entity}", flash=flash)


@router.post("/screening-circle/{member_id:uuid}/remove")
async def let_go(
    request: Request, session: DbSession, member_id: UUID, actor: Actor = page_permit(_NAME)
) -> Response:
    """Somebody is no longer of the circle."""
    await screening.let_go(session, acting=actor, member_id=member_id)
    flash = texts(request).gettext("The manager is no longer of the circle.")
    return redirect(request, "/screening-circle", flash=flash)
