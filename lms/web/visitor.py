"""Pages for everybody: the first page, signing in and out, the language."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from lms.kernel.access import Actor, Permission
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES, translator
from lms.people import service
from lms.people.domain import TooManySignIns, WrongCredentials
from lms.people.permits import COOKIE
from lms.settings import Settings
from lms.web.demo_doors import demo_doors
from lms.web.session import (
    page_permit,
    redirect,
    same_site,
    set_language_cookie,
    set_session_cookie,
    show,
    visitor,
)
from lms.web.templating import local_path

router = APIRouter()
Visitor = Annotated[Actor | None, Depends(visitor)]


@router.get("/")
async def home(request: Request, actor: Visitor) -> Response:
    """What this is; whoever is signed in goes to their learning."""
    if actor is not None:
        return RedirectResponse("/learning", status_code=303)
    return show(request, "visitor/home.html", {"doors": demo_doors(request.app.state.settings)})


@router.get("/sign-in")
async def sign_in_page(request: Request, actor: Visitor, next: str = "/") -> Response:
    """The form."""
    if actor is not None:
        return RedirectResponse(local_path(next), status_code=303)
    return _form(request, next=next)


def _form(
    request: Request, *, next: str, email: str = "", errors: dict[str, str] | None = None, status: int = 200
) -> Response:
    context = {
        "next": local_path(next),
        "values": {"email": email},
        "errors": errors or {},
        "doors": demo_doors(request.app.state.settings),
    }
    return show(request, "visitor/sign_in.html", context, status=status)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    session: DbSession,
    _: Visitor,
    email: Annotated[str, Form(max_length=254)] = "",
    password: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Sign in and go on to where one was going; a failure is counted and says the same whatever was wrong."""
    same_site(request)
    settings: Settings = request.app.state.settings
    hours, tries = settings.session_hours, settings.sign_in_tries
    try:
        secret, _person = await service.sign_in(
            session, email=email, password=password, hours=hours, tries=tries
        )
    except (WrongCredentials, TooManySignIns) as error:
        return await _refused(request, session, error, email=email, next=next)
    response = redirect(request, local_path(next))
    set_session_cookie(request, response, secret, hours=hours)
    return response


async def _refused(
    request: Request, session: DbSession, error: DomainError, *, email: str, next: str
) -> Response:
    _ = translator(request.state.language).gettext
    says = _("Too many failed sign-ins. Wait a quarter of an hour, then try again.")
    if isinstance(error, WrongCredentials):
        await service.record_failed_sign_in(session, email=email)
        says = _("The e-mail or the password is not right.")
    return _form(request, next=next, email=email, errors={"": says}, status=error.status)


@router.post("/sign-out")
async def sign_out(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """End this browser's session, here and on the server."""
    await service.sign_out(session, acting=actor)
    _ = translator(request.state.language).gettext
    response = redirect(request, "/", flash=_("You are signed out."))
    response.delete_cookie(COOKIE)
    return response


@router.get("/language/{code}")
async def choose_language(request: Request, code: str, next: str = "/") -> Response:
    """Show pages in another language from now on, on this device."""
    response = RedirectResponse(local_path(next), status_code=303)
    if code in LANGUAGES:
        set_language_cookie(request, response, code)
    return response
