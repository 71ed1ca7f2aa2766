"""Pages of target profiles: what each asks for; for HR and focal points whose is which, and naming one."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from lms.catalogue.domain import Profiles
from lms.catalogue.domain.errors import ProfileNotFound
from lms.catalogue.profiles import check_profile_key, profile_of_post
from lms.catalogue.queries import get_profiles, get_taxonomy
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Invalid
from lms.kernel.http import DbSession
from lms.kernel.i18n import search_words
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.changes import change_target_profile, get_post_for_change
from lms.people.queries import get_post_visible_to, list_posts
from lms.web.course_view import said
from lms.web.given import Errors, Values, given, texts
from lms.web.profile_view import requirements, shown
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE = 50


@router.get("/profiles")
async def profiles_page(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.PROFILES_ASSIGN),
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Whose profile is which, in name order, and all profiles there are."""
    filters = {"q": q}
    rows = await list_posts(
        session,
        actor=actor,
        permission=Permission.PROFILES_ASSIGN,
        words=search_words(q),
        after=decode_cursor(cursor, filters=filters, parts=(str, UUID)),
        limit=PAGE + 1,
    )
    profiles, taxonomy, reader = (
        await get_profiles(session),
        await get_taxonomy(session),
        request.state.language,
    )
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    held = {row.person_id: profile_of_post(profiles, row) for row in rows[:PAGE]}
    context = {
        "values": filters,
        "rows": rows[:PAGE],
        "held": {who: shown(each, taxonomy, reader) for who, each in held.items() if each},
        "profiles": _named(profiles, reader),
        "address": with_query("/profiles", q=q or None),
        "next_cursor": encode_cursor([last.sort_key, last.person_id], filters=filters) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "profiles/profiles.html", context)


def _named(profiles: Profiles, reader: str) -> list[dict[str, Any]]:
    """Every profile with its words, in the order of their names."""
    named = [
        {"key": each.key, "name": said(each.name, reader), "says": said(each.says, reader),
         "count": len(each.requires), "plain": each.name.for_reader(reader)}
        for each in profiles.profiles
    ]  # fmt: skip
    return sorted(named, key=lambda each: each["plain"])


@router.get("/profiles/{key}")
async def profile_page(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """What one profile asks for, and why."""
    found = (await get_profiles(session)).get(key)
    if found is None:
        raise ProfileNotFound()
    reader = request.state.language
    context = {
        "name": said(found.name, reader),
        "says": said(found.says, reader),
        "lines": requirements(found, await get_taxonomy(session), reader),
        "may_assign": actor.may(Permission.PROFILES_ASSIGN),
    }
    return show(request, "profiles/profile.html", context)


@router.get("/people/{person_id:uuid}/profile")
async def choose_page(
    request: Request,
    person_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.PROFILES_ASSIGN),
) -> Response:
    """The form by which a profile is named for a person's post."""
    post = await get_post_for_change(session, person_id, acting=actor)
    return await _form(request, session, actor, person_id, {"profile": post.target_profile or ""}, {})


async def _form(
    request: Request, session: DbSession, actor: Actor, person_id: UUID, values: Values, errors: Errors
) -> Response:
    reader, profiles = request.state.language, await get_profiles(session)
    post = await get_post_visible_to(session, person_id, actor=actor)
    held = profile_of_post(profiles, post)
    context = {
        "values": values,
        "errors": errors,
        "post": post,
        "held": shown(held, await get_taxonomy(session), reader) if held else None,
        "unknown": post.target_profile if not profiles.get(post.target_profile or "") else None,
        "options": [(each["key"], each["plain"]) for each in _named(profiles, reader)],
    }
    return show(request, "profiles/choose.html", context, status=422 if errors else 200)


@router.post("/people/{person_id:uuid}/profile")
async def choose(
    request: Request,
    person_id: UUID,
    session: DbSession,
    actor: Actor = page_permit(Permission.PROFILES_ASSIGN),
) -> Response:
    """Name it, or leave it to the defaults."""
    values, says = await given(request), texts(request)
    post = await get_post_for_change(session, person_id, acting=actor)
    profile = values.get("profile") or None
    try:
        check_profile_key(await get_profiles(session), profile)
    except Invalid:
        errors = {"profile": says.gettext("Choose one of the profiles in the list.")}
        return await _form(request, session, actor, person_id, values, errors)
    await change_target_profile(session, acting=actor, post=post, profile=profile)
    return redirect(request, "/profiles", flash=says.gettext("The target profile is changed."))
