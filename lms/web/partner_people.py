"""Pages of a partner's people: who they are and who was invited, for its coordinator and for focal points."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.partners import inviting
from lms.partners.domain.screening import NotClear
from lms.partners.invitation_schemas import InvitationCreate, invitation_read
from lms.partners.queries import get_partner
from lms.people.domain import PersonNotFound
from lms.people.invitations import queries
from lms.people.invitations.domain import CoordinatorStays
from lms.people.queries import entities_in_scope
from lms.web.course_view import language_choices
from lms.web.given import Errors, Values, given, said, texts
from lms.web.session import page_permit, redirect, show

router = APIRouter()
PAGE = 50
_INVITE = Permission.PARTNER_PEOPLE_INVITE
Cursor = Annotated[str | None, Query(max_length=2000)]


@router.get("/partners/{key}/people")
async def people_page(
    request: Request,
    session: DbSession,
    key: str,
    actor: Actor = page_permit(_INVITE),
    cursor: Cursor = None,
) -> Response:
    """The partner's own people, for who coordinates its part."""
    return await _people(request, session, actor, key, cursor, {})


async def _people(
    request: Request, session: AsyncSession, actor: Actor, key: str, cursor: str | None, errors: Errors
) -> Response:
    partner = await get_partner(session, key, actor=actor, permission=_INVITE)
    if partner.id not in actor.partners(_INVITE):
        raise PersonNotFound()
    asked = {"partner-people": key}
    after = decode_cursor(cursor, filters=asked, parts=(str, UUID))
    rows = await queries.people_of_partner(session, partner.id, actor=actor, after=after, limit=PAGE + 1)
    shown = rows[:PAGE]
    last = shown[-1] if len(rows) > PAGE else None
    context = {
        "partner": partner,
        "rows": shown,
        "errors": errors,
        "me": actor.person_id,
        "next_cursor": encode_cursor([last.sort_key, last.id], filters=asked) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "partners/people.html", context, status=409 if errors else 200)


@router.post("/partners/{key}/people/{person_id:uuid}/end")
async def end_affiliation(
    request: Request, session: DbSession, key: str, person_id: UUID, actor: Actor = page_permit(_INVITE)
) -> Response:
    """Somebody leaves; today is their last day."""
    _ = texts(request).gettext
    try:
        await inviting.end_affiliation(session, acting=actor, partner=key, person_id=person_id)
    except CoordinatorStays:
        await roll_back(session)
        sentence = _("Those who keep the register take the role of coordinator back first.")
        return await _people(request, session, actor, key, None, {"": sentence})
    flash = _("Today is their last day at the partner. They keep their sign-in and what they learned.")
    return redirect(request, f"/partners/{key}/people", flash=flash)


# -- invitations -------------------------------------------------------------------------------------------


@router.get("/partners/{key}/invitations")
async def invitations_page(
    request: Request,
    session: DbSession,
    key: str,
    actor: Actor = page_permit(_INVITE),
    cursor: Cursor = None,
) -> Response:
    """Who was invited, and the form that invites."""
    return await _invitations(request, session, actor, key, {}, {}, cursor)


async def _invitations(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    key: str,
    values: Values,
    errors: Errors,
    cursor: str | None = None,
) -> Response:
    partner = await get_partner(session, key, actor=actor, permission=_INVITE)
    asked, now = {"partner-invitations": key}, clock.now()
    after = decode_cursor(cursor, filters=asked, parts=(UUID,))
    rows = await queries.list_invitations(
        session, partner.id, actor=actor, state=None, now=now, after=after, limit=PAGE + 1
    )
    shown = rows[:PAGE]
    is_theirs = partner.id in actor.partners(_INVITE)
    sides = [] if is_theirs else await entities_in_scope(session, actor=actor, permission=_INVITE)
    given_first: dict[str, Any] = {"language": request.state.language, "entity": actor.entity_key or ""}
    context = {
        "partner": partner,
        "rows": [invitation_read(row) for row in shown],
        "is_theirs": is_theirs,
        "sides": [(each.key, each.name) for each in sides],
        "languages_to_choose": language_choices(LANGUAGES, request.state.language),
        "days": request.app.state.settings.invitation_days,
        "values": given_first | dict(values),
        "errors": errors,
        "next_cursor": encode_cursor([shown[-1].id], filters=asked) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "partners/invitations.html", context, status=422 if errors else 200)


@router.post("/partners/{key}/invitations")
async def invite(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_INVITE)
) -> Response:
    """Invite an address; the letter goes out at once."""
    values = await given(request)
    fields = ("email", "name", "language", "entity")
    try:
        new = InvitationCreate.model_validate({name: values[name] for name in fields if values.get(name)})
        await inviting.invite(
            session,
            acting=actor,
            partner=key,
            email=new.email,
            name=new.name,
            language=new.language or request.state.language,
            days=request.app.state.settings.invitation_days,
            entity=new.entity,
        )
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _invitations(request, session, actor, key, values, _wrong(request, error))
    says = texts(request).gettext("The letter is on its way to %(email)s.", email=new.email)
    return redirect(request, f"/partners/{key}/invitations", flash=says)


def _wrong(request: Request, error: ValidationError | DomainError) -> Errors:
    _ = texts(request).gettext
    if isinstance(error, NotClear):
        return {"": _("Not clear, ask your screening officer.")}
    if isinstance(error, DomainError):
        return said(error)
    words = {
        "email": _("Write the whole address, such as name@firm.example."),
        "language": _("Choose one from the list."),
    }
    fields = [str(each["loc"][0]) if each["loc"] else "" for each in error.errors()]
    other = _("This is too long, or not of the kind asked for.")
    return {name: words.get(name, other) for name in fields}


@router.post("/partners/{key}/invitations/{invitation_id:uuid}/send-again")
async def send_again(
    request: Request, session: DbSession, key: str, invitation_id: UUID, actor: Actor = page_permit(_INVITE)
) -> Response:
    """A new letter with a new link."""
    days = request.app.state.settings.invitation_days
    try:
        await inviting.send_again(session, acting=actor, partner=key, invitation_id=invitation_id, days=days)
    except NotClear as error:
        await roll_back(session)
        return await _invitations(request, session, actor, key, {}, _wrong(request, error))
    says = texts(request).gettext("A new letter is on its way. The link of the old one opens nothing more.")
    return redirect(request, f"/partners/{key}/invitations", flash=says)


@router.post("/partners/{key}/invitations/{invitation_id:uuid}/withdraw")
async def withdraw(
    request: Request, session: DbSession, key: str, invitation_id: UUID, actor: Actor = page_permit(_INVITE)
) -> Response:
    """Take it back."""
    await inviting.withdraw(session, acting=actor, partner=key, invitation_id=invitation_id)
    says = texts(request).gettext("The invitation is withdrawn. Its link opens nothing more.")
    return redirect(request, f"/partners/{key}/invitations", flash=says)
