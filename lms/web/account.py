"""Page of one's account: who one is, language and time zone, the password, sign-ins, API tokens."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError

from lms.joint_trainings.queries.lessons import is_reader
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES, UTC, translator, zone_to_choose, zones_by_region
from lms.people import changes, service
from lms.people.change_schemas import MeUpdate
from lms.people.domain import TooManySignIns, WeakPassword, WrongPassword
from lms.people.passwords import LEAST
from lms.people.queries import (
    affiliations_of,
    get_person,
    has_password,
    names_of,
    sign_ins_of,
    tokens_of,
)
from lms.web.course_view import language_choices
from lms.web.session import page_permit, redirect, set_language_cookie, show
from lms.web.words import weak_password

router = APIRouter()
LIFETIMES = (30, 90, 365)
NAME_LENGTH = 100


@router.get("/account")
async def account(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Who one is here, what one sets for oneself, and what lets oneself or one's machines in."""
    return await _account(request, session, actor)


# -- language and time zone --------------------------------------------------------------------------------


@router.post("/account/settings")
async def change_settings(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    language: Annotated[str, Form(max_length=100)] = "",
    time_zone: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    """Keep language and time zone; this browser shows its pages in the language at once."""
    values = {"language": language, "time_zone": time_zone}
    try:
        change = MeUpdate(**values)
    except ValidationError as error:
        says = translator(request.state.language).gettext("Choose one from the list.")
        errors = {str(each["loc"][0]): says for each in error.errors()}
        return await _account(request, session, actor, values=values, errors=errors, status=422)
    await changes.change_own_settings(session, acting=actor, values=change.model_dump(exclude_unset=True))
    _ = translator(language).gettext
    response = redirect(request, "/account", flash=_("Your language and time zone are saved."))
    set_language_cookie(request, response, language)
    return response


# -- the password ------------------------------------------------------------------------------------------


@router.post("/account/password")
async def change_password(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    current_password: Annotated[str, Form()] = "",
    new_password: Annotated[str, Form()] = "",
    new_again: Annotated[str, Form()] = "",
) -> Response:
    """Change the password and sign out every other browser; a wrong present one is counted as a failed sign-in."""
    _ = translator(request.state.language).gettext
    errors, status = _password_errors(request, current_password, new_password, new_again), 422
    if not errors:
        tries = request.app.state.settings.sign_in_tries
        try:
            await service.change_password(
                session, acting=actor, current=current_password, new=new_password, tries=tries
            )
        except WeakPassword as error:
            errors = {"new_password": weak_password(request.state.language, error.weakness)}
        except WrongPassword:
            await service.record_wrong_password(session, acting=actor)
            errors = {"current_password": _("This is not your present password.")}
        except TooManySignIns as error:
            errors = {"": _("Too many wrong passwords. Wait a quarter of an hour, then try again.")}
            status = error.status
    if errors:
        return await _account(request, session, actor, errors=errors, status=status)
    says = _("Your password is changed. Every other browser is signed out; in this one you stay signed in.")
    return redirect(request, "/account", flash=says)


def _password_errors(request: Request, current: str, new: str, again: str) -> dict[str, str]:
    _ = translator(request.state.language).gettext
    errors = {}
    if not current:
        errors["current_password"] = _("Give your present password.")
    if not new:
        errors["new_password"] = _("Give a new password.")
    elif new != again:
        errors["new_again"] = _("This is not what you typed above. Type the new password the same way twice.")
    return errors


# -- tokens and sign-ins -----------------------------------------------------------------------------------


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
    values: dict[str, Any] | None = None,
    errors: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    person, language = await get_person(session, actor.person_id), request.state.language
    own = {"language": person.language, "time_zone": zone_to_choose(person.time_zone)}
    zones = zones_by_region(language)
    context: dict[str, Any] = {
        "person": person,
        **await _post(session, actor),
        "lessons_by_mail": {
            "lessons_by_mail": "monthly" if await is_reader(session, actor.person_id) else "never"
        },
        "has_password": await has_password(session, actor.person_id),
        "languages_to_choose": language_choices(LANGUAGES, language),
        "zones": zones,
        "zones_first": _zones_first(own["time_zone"], zones),
        "now": clock.now(),
        "tokens": await tokens_of(session, actor.person_id),
        "sign_ins": await sign_ins_of(session, actor.person_id),
        "here": actor.session_id,
        "made": made,
        "values": {"days": LIFETIMES[1]} | own | (values or {}),
        "errors": errors or {},
        "least": LEAST,
        "lifetimes": LIFETIMES,
    }
    return show(request, "learner/account.html", context, status=status)


async def _post(session: DbSession, actor: Actor) -> dict[str, Any]:
    """The present primary affiliation, and the name of the supervisor in it."""
    today = clock.today()
    rows = await affiliations_of(session, actor.person_id)
    present = [
        row
        for row in rows
        if row.is_primary and row.from_on <= today and (row.until_on is None or row.until_on >= today)
    ]
    post = present[0] if present else None
    officer = post.first_reporting_officer_id if post else None
    names = await names_of(session, [officer]) if officer else {}
    return {"post": post, "supervisor": names.get(officer) if officer else None}


def _zones_first(present: str, zones: Any) -> list[tuple[str, str]]:
    """UTC, and one's own zone where no city stands for it, so that keeping the form changes nothing by itself."""
    listed = {zone for _, of_region in zones for zone, _ in of_region}
    return [(UTC, UTC)] + ([] if present in listed | {UTC} else [(present, present)])
