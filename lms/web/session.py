"""What every page shares: who is signed in, their language and navigation, a line about what has just happened.

`actor: Actor = page_permit(Permission.X)` in a page's signature does for pages what `permit` does for the API;
someone who is not signed in is led to the sign-in page and back. A form posts its CSRF token as `csrf_token`.
"""

import base64
import json
from itertools import groupby
from operator import itemgetter
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from lms.kernel.access import Actor, Permission
from lms.kernel.errors import DomainError, NotAllowed, NotSignedIn
from lms.kernel.http import SAFE_METHODS, DbSession
from lms.kernel.i18n import LANGUAGES, negotiate, translator
from lms.people.domain import csrf_token
from lms.people.permits import COOKIE, check_csrf, find_actor
from lms.web.templating import SIGN_IN, Flash, NavGroup, NavItem, local_path, page

LANGUAGE_COOKIE, FLASH_COOKIE = "lms_language", "lms_flash"


class PagePermit:
    """A dependency that answers with the actor if they hold `permission`, and makes the page theirs."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request, session: DbSession) -> Actor:
        actor = await find_actor(request, session)
        prepare(request, actor)
        if actor is None:
            raise NotSignedIn()
        if request.method not in SAFE_METHODS:
            await check_csrf(request)
        if not actor.may(self.permission):
            raise NotAllowed()
        return actor


def page_permit(permission: Permission) -> Any:
    """`actor: Actor = page_permit(Permission.X)` in a page's signature."""
    return Depends(PagePermit(permission))


async def visitor(request: Request, session: DbSession) -> Actor | None:
    """For pages that are there for everybody: the actor if someone is signed in, else None."""
    try:
        actor = await find_actor(request, session)
    except NotSignedIn:
        actor = None
    prepare(request, actor)
    return actor


def prepare(request: Request, actor: Actor | None) -> None:
    """Put what the templates read on the request: language, actor, CSRF token, navigation, flashes."""
    state = request.state
    cookie = request.cookies.get(LANGUAGE_COOKIE)
    accepts = request.headers.get("accept-language")
    state.language = negotiate(accepts, cookie, actor.language if actor else None)
    state.actor = actor
    state.csrf_token = csrf_token(request.cookies.get(COOKIE, "")) if actor else ""
    state.flashes = _flashes(request)
    if actor is not None:
        state.nav = navigation(actor, request.url.path, state.language)
        state.account = account_menu(request.url.path, state.language)


# As many entries of one kind are put under one word; fewer stand for themselves, a click nearer.
GROUPED_FROM = 3


def navigation(actor: Actor, path: str, language: str) -> list[NavItem | NavGroup]:
    """The main navigation: what this actor's roles open, and nothing else."""
    _ = translator(language).gettext
    reports, people, together = _("Reports"), _("People and records"), _("Partnerships")
    places = [
        (Permission.SELF, _("Courses"), "/courses", ""),
        (Permission.SELF, _("My plan"), "/plan", ""),
        (Permission.SELF, _("My learning"), "/learning", ""),
        (Permission.SELF, _("Sessions"), "/sessions", ""),
        (Permission.SELF, _("My record"), "/record", ""),
        (Permission.TEAM_READ, _("My team"), "/team", ""),
        (Permission.PLANS_PROPOSE, _("Plans"), "/plans", ""),
        (Permission.ASSIGNMENTS_MAKE, _("Assigned learning"), "/assigned", ""),
        (Permission.WORK_ASSESS, _("Assess"), "/assess", ""),
        (Permission.REPORTS_READ, _("Recognition report"), "/reports/recognition", reports),
        (Permission.COVERAGE_READ, _("Participation"), "/reports/participation", reports),
        (Permission.COVERAGE_READ, _("Coverage"), "/reports/coverage", reports),
        (Permission.PEOPLE_READ, _("People"), "/people", people),
        (Permission.PROFILES_ASSIGN, _("Target profiles"), "/profiles", people),
        (Permission.EQUIVALENCES_DECIDE, _("Equivalences"), "/equivalences", people),
        (Permission.PARTNERS_READ, _("Partners"), "/partners", together),
        (Permission.EXCHANGE_READ, _("Needs and offers"), "/exchange", together),
        (Permission.TRAININGS_READ, _("Joint trainings"), "/trainings", together),
        (Permission.EVALUATIONS_READ, _("Evaluations"), "/reports/evaluations", together),
        (Permission.PARTNERS_READ, _("Focal points"), "/focal-points", together),
        (Permission.COURSES_WRITE, _("Course authoring"), "/author", ""),
        (Permission.GRANTS_MANAGE, _("Administration"), "/admin", ""),
    ]
    home = _home(path, actor)
    return _grouped(
        [
            (group, NavItem(label, href, current=_lies_in(path, href) if home is None else href == home))
            for permission, label, href, group in places
            if actor.may(permission)
        ]
    )


def _grouped(entries: list[tuple[str, NavItem]]) -> list[NavItem | NavGroup]:
    bar: list[NavItem | NavGroup] = []
    for group, run in groupby(entries, key=itemgetter(0)):
        items = tuple(item for _, item in run)
        bar.extend([NavGroup(group, items)] if group and len(items) >= GROUPED_FROM else items)
    return bar


def _home(path: str, actor: Actor) -> str | None:
    """The place of a page that several lead to: the first of them that this actor has."""
    if path.startswith("/reports/learning-time"):
        return "/plans" if actor.may(Permission.PLANS_PROPOSE) else "/reports/recognition"
    if path == "/assigned/requests":
        return "/assigned" if actor.may(Permission.ASSIGNMENTS_MAKE) else "/team"
    return None


_LIES_IN: tuple[tuple[tuple[str, ...], str], ...] = (
    (("/learn/", "/prior-learning/"), "/learning"),
    (("/programmes", "/lessons"), "/courses"),
    (("/check-in/", "/facilitating", "/evaluations"), "/sessions"),
    (("/practice",), "/record"),
    (("/waivers",), "/equivalences"),
    (("/agreements", "/signing-authorities"), "/trainings"),
    (("/screening-circle",), "/partners"),
    (("/reports/policy",), "/reports/recognition"),
)
"""Pages whose address does not begin with the place that they belong to."""


def _lies_in(path: str, place: str) -> bool:
    """Whether a page is that place or one of its own; what one has completed is a part of one's learning."""
    if path.endswith("/completed"):
        return place == "/learning"
    for beginnings, home in _LIES_IN:
        if path.startswith(beginnings):
            return place == home
    return path == place or path.startswith(f"{place}/")


def account_menu(path: str, language: str) -> list[NavItem]:
    """What stands under one's own name, beside signing out."""
    _ = translator(language).gettext
    return [NavItem(_("My account"), "/account", current=path.startswith("/account"))]


def redirect(request: Request, to: str, *, flash: str | None = None, kind: str = "done") -> Response:
    """Go on to another page after a change (303), with a line about what has happened."""
    response = RedirectResponse(to, status_code=303)
    if flash is not None:
        text = base64.urlsafe_b64encode(json.dumps([kind, flash]).encode()).decode()
        response.set_cookie(
            FLASH_COOKIE, text, max_age=60, httponly=True, samesite="lax", secure=_secure(request)
        )
    return response


def _flashes(request: Request) -> list[Flash]:
    """What the page before wanted said; `shown` then takes the cookie away."""
    cookie = request.cookies.get(FLASH_COOKIE)
    if not cookie:
        return []
    try:
        kind, text = json.loads(base64.urlsafe_b64decode(cookie))
    except (ValueError, TypeError):
        return []
    return [Flash(str(text), "attention" if kind == "attention" else "done")]


def show(
    request: Request, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> Response:
    """A page for the reader that `prepare` found; a flash is shown this once."""
    response = page(request, template, context, status=status)
    if request.cookies.get(FLASH_COOKIE):
        response.delete_cookie(FLASH_COOKIE)
    return response


def set_session_cookie(request: Request, response: Response, secret: str, *, hours: int) -> None:
    """Let the browser keep the secret of its session, out of reach of scripts and other sites."""
    response.set_cookie(
        COOKIE, secret, max_age=hours * 3600, httponly=True, samesite="lax", secure=_secure(request), path="/"
    )


def set_language_cookie(request: Request, response: Response, language: str) -> None:
    """Remember the language chosen, for a year."""
    if language in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE,
            language,
            max_age=31_536_000,
            samesite="lax",
            httponly=True,
            secure=_secure(request),
        )


def same_site(request: Request) -> None:
    """No session exists yet to carry a CSRF token, so the browser's own word for where the form stood decides."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed("Send this from our own page.")


def _secure(request: Request) -> bool:
    return bool(request.app.state.settings.environment == "production")


def _came_from(request: Request) -> str | None:
    """The page of ours that the form stood on, so that signing in again leads back to what was typed."""
    before = urlsplit(request.headers.get("referer", ""))
    if before.netloc != request.url.netloc:
        return None
    return local_path(before.path + (f"?{before.query}" if before.query else ""))


def problem_page(request: Request, error: DomainError) -> Response:
    """An error as a page; someone who is not signed in is led to sign in and back to where they were going."""
    if error.status == 401 and request.method in SAFE_METHODS:
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{SIGN_IN}?next={quote(target, safe='')}", status_code=303)
    if not hasattr(request.state, "language"):
        prepare(request, None)
    shown = {"reference": request.scope.get("request_id"), "came_from": _came_from(request)}
    return show(request, "problem.html", shown, status=error.status)
