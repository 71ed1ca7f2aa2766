"""The page that the link of an invitation opens, for whoever got the letter. Opening it accepts nothing.

Programs that look into mail follow links: they read, and only a form that is sent accepts.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Fault, Invalid
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES
from lms.people.domain import TooManySignIns, WeakPassword, WrongCredentials
from lms.people.invitations import service
from lms.people.invitations.domain import InvitationNotFound, InvitationState, WayIn, state_of, way_in
from lms.people.invitations.queries import addressee_of, get_by_secret
from lms.people.models import Invitation
from lms.people.passwords import LEAST, MOST
from lms.people.permits import check_csrf
from lms.people.service import record_failed_sign_in
from lms.web.course_view import language_choices
from lms.web.given import Errors, Values, given, said, texts
from lms.web.session import redirect, same_site, set_language_cookie, set_session_cookie, show, visitor
from lms.web.templating import local_path
from lms.web.words import weak_password

router = APIRouter()
Visitor = Annotated[Actor | None, Depends(visitor)]
_STATUS = {WayIn.FOR_ANOTHER: 403, WayIn.UN_PERSONNEL: 409, WayIn.OVER: 410}


@router.get("/invitations/{secret}")
async def invitation_page(request: Request, session: DbSession, secret: str, actor: Visitor) -> Response:
    """Who invites to what, and what is asked to accept it."""
    return await _page(request, session, secret, actor, {}, {})


async def _page(
    request: Request,
    session: AsyncSession,
    secret: str,
    actor: Actor | None,
    values: Values,
    errors: Errors,
    status: int | None = None,
) -> Response:
    try:
        row = await get_by_secret(session, secret)
    except InvitationNotFound:
        return show(request, "visitor/invitation.html", {"way": None, "errors": {}}, status=404)
    addressee = await addressee_of(session, row.email_key)
    state = state_of(row.accepted_at, row.withdrawn_at, row.expires_at, clock.now())
    way = way_in(
        state,
        invited=row.person_id or addressee.person_id,
        has_account=addressee.has_account,
        is_un_personnel=addressee.is_un_personnel,
        reader=actor.person_id if actor else None,
    )
    language = request.state.language
    context: dict[str, Any] = {
        "way": way.value,
        "state": state.value,
        "row": row,
        "secret": secret,
        "asks_name": addressee.person_id is None,
        "who": row.entity_name or row.invited_by,
        "languages_to_choose": language_choices(LANGUAGES, language),
        "values": {"name": row.name or "", "language": language, "email": row.email} | dict(values),
        "errors": errors,
        "least": LEAST,
    }
    return show(request, "visitor/invitation.html", context, status=status or _status_of(way, state))


def _status_of(way: WayIn, state: InvitationState) -> int:
    return 200 if state is InvitationState.ACCEPTED and way is WayIn.OVER else _STATUS.get(way, 200)


@router.post("/invitations/{secret}")
async def accept(request: Request, session: DbSession, secret: str, actor: Visitor) -> Response:
    """Accept it: as the person signed in, or with an account that is made now and signed in."""
    if actor is not None:
        await check_csrf(request)
        return await _accept_as(request, session, secret, actor)
    same_site(request)
    values = await given(request)
    form = await request.form()
    password, again = str(form.get("password", "")), str(form.get("password_again", ""))
    values = {name: value for name, value in values.items() if not name.startswith("password")}
    try:
        _check_same(request, password, again)
        return await _accept_anew(request, session, secret, values, password)
    except DomainError as error:
        await roll_back(session)
        errors = await _wrong(request, session, secret, error)
        return await _page(request, session, secret, None, values, errors, error.status)


async def _accept_as(request: Request, session: DbSession, secret: str, actor: Actor) -> Response:
    try:
        invitation = await service.accept(session, acting=actor, secret=secret)
    except DomainError as error:
        await roll_back(session)
        return await _page(request, session, secret, actor, {}, {}, error.status)
    return _onward(request, invitation)


async def _accept_anew(
    request: Request, session: DbSession, secret: str, values: Values, password: str
) -> Response:
    settings = request.app.state.settings
    hours, language = settings.session_hours, values.get("language") or request.state.language
    opened, invitation = await service.accept_with_password(
        session,
        secret=secret,
        name=values.get("name", ""),
        language=language,
        password=password,
        hours=hours,
        tries=settings.sign_in_tries,
    )
    response = _onward(request, invitation)
    set_session_cookie(request, response, opened, hours=hours)
    set_language_cookie(request, response, language)
    return response


def _onward(request: Request, invitation: Invitation) -> Response:
    says = texts(request).gettext("You have accepted the invitation.")
    return redirect(request, local_path(invitation.purpose_path or "/learning"), flash=says)


def _check_same(request: Request, password: str, again: str) -> None:
    _ = texts(request).gettext
    if not password or len(password) > MOST:
        raise Invalid(faults=[Fault("/password", _("Give a password."))])
    if password != again:
        sentence = _("This is not what you typed above. Type the password the same way twice.")
        raise Invalid(faults=[Fault("/password_again", sentence)])


async def _wrong(request: Request, session: DbSession, secret: str, error: DomainError) -> Errors:
    """What the form says. A wrong password for an account there is counts as a failed sign-in does."""
    _ = texts(request).gettext
    if isinstance(error, WeakPassword):
        return {"password": weak_password(request.state.language, error.weakness)}
    if isinstance(error, TooManySignIns):
        return {"": _("Too many failed sign-ins. Wait a quarter of an hour, then try again.")}
    if isinstance(error, WrongCredentials):
        row = await get_by_secret(session, secret)
        await record_failed_sign_in(session, email=row.email or "")
        return {}
    if isinstance(error, Invalid) and error.faults[0].pointer == "/name":
        return {"name": _("Give your name.")}
    return said(error) if isinstance(error, Invalid) else {}
