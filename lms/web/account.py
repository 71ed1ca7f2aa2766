"""Page of one's account: API tokens, and the browsers in which one is signed in."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import translator
from lms.people import service
from lms.people.queries import sign_ins_of, tokens_of
from lms.web.session import page_permit, redirect, show

router = APIRouter()
LIFETIMES = (30, 90, 365)
NAME_LENGTH = 100


@router.get("/account")
async def account(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """What lets a person or their machines in."""
    return await _account(request, session, actor)


@router.post("/account/tokens")
async def create_token(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    name: Annotated[str, Form(max_length=1000)] = "",
    days: Annotated[int, Form()] = 90,
) -> Response:
    """Make a token; the answer is the one page that ever shows its secret, so it is no redirect."""
    errors = _errors(request, name)
    if errors:
        values = {"name": name, "days": days}
        return await _account(request, session, actor, values=values, errors=errors, status=422)
    lifetime = days if days in LIFETIMES else LIFETIMES[1]
    secret, token = await service.create_token(session, acting=actor, name=name.strip(), days=lifetime)
    response = await _account(request, session, actor, made={"secret": secret, "name": token.name})
    response.headers["cache-control"] = "no-store"
    return response


def _errors(request: Request, name: str) -> dict[str, str]:
    _ = translator(request.state.language).gettext
    if not name.strip():
        return {"name": _("Say what the token is for.")}
    if len(name.strip()) > NAME_LENGTH:
        return {"name": _("Use %(most)s characters at most.", most=NAME_LENGTH)}
    return {}


@router.post("/account/tokens/{token_id}/revoke")
async def revoke_token(
    request: Request, token_id: UUID, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """End one of one's own tokens."""
    await service.revoke_token(session, acting=actor, token_id=token_id)
    _ = translator(request.state.language).gettext
    return redirect(request, "/account", flash=_("The token has ended. The next request with it is refused."))


@router.post("/account/sign-ins/end-others")
async def end_other_sign_ins(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Sign out everywhere but here."""
    await service.end_other_sign_ins(session, acting=actor)
    _ = translator(request.state.language).gettext
    return redirect(request, "/account", flash=_("You are signed out in every other browser."))


async def _account(
    request: Request,
    session: DbSession,
    actor: Actor,
    *,
    made: dict[str, str] | None = None,
    values: dict[str, object] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    context: dict[str, Any] = {
        "tokens": await tokens_of(session, actor.person_id),
        "sign_ins": await sign_ins_of(session, actor.person_id),
        "here": actor.session_id,
        "made": made,
        "values": values or {"days": 90},
        "errors": errors or {},
        "lifetimes": LIFETIMES,
    }
    return show(request, "learner/account.html", context, status=status)
