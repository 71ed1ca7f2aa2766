"""HTTP of target profiles: what is published, which one holds for a person and why, naming one for a post."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from lms.catalogue import queries
from lms.catalogue.answers import PublishedRoute
from lms.catalogue.domain import Profiles
from lms.catalogue.domain.errors import ProfileNotFound
from lms.catalogue.profile_schemas import (
    PersonProfileRead,
    ProfileChoice,
    ProfileRead,
    person_profile_read,
    profile_read,
)
from lms.catalogue.profiles import check_profile_key, profile_of_post
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute, etag, require_match
from lms.kernel.pagination import Page, PageTurn
from lms.people.change_endpoints import ETAG, IF_MATCH
from lms.people.changes import change_target_profile, get_post_for_change
from lms.people.permits import permit
from lms.people.queries import get_post_visible_to

published = APIRouter(route_class=PublishedRoute, tags=["catalogue"])
router = APIRouter(route_class=StrictRoute, tags=["catalogue"])

Language = Annotated[str | None, Query(pattern=r"^(ar|zh|en|fr|ru|es)$")]


@published.get("/profiles")
async def list_profiles(
    session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.SELF), language: Language = None
) -> Page[ProfileRead]:
    """Every target profile: the competencies and levels that a post or role asks for, by key."""
    filters = {"list": "profiles", "language": language}
    after = turn.after(filters, (str,))
    known = sorted((await queries.get_profiles(session)).profiles, key=lambda each: each.key)
    rest = [each for each in known if after is None or each.key > after[0]]
    return turn.page(
        rest[: turn.wanted],
        filters,
        key=lambda each: [each.key],
        read=lambda each: profile_read(each, language=language or actor.language),
    )


@published.get("/profiles/{key}")
async def read_profile(
    key: str, session: DbSession, actor: Actor = permit(Permission.SELF), language: Language = None
) -> ProfileRead:
    """One target profile, with why the post asks for each competency."""
    found = (await queries.get_profiles(session)).get(key)
    if found is None:
        raise ProfileNotFound(f"There is no profile {key!r}.")
    return profile_read(found, language=language or actor.language)


@router.get("/people/{person_id}/profile", responses={200: ETAG})
async def read_profile_of_person(
    person_id: UUID, response: Response, session: DbSession, actor: Actor = permit(Permission.SELF)
) -> PersonProfileRead:
    """The target profile that holds for a person, and why.

    For oneself, for one's reporting officers, and for focal points and human resources of the entity.
    """
    post = await get_post_visible_to(session, person_id, actor=actor)
    return _answer(response, post, await queries.get_profiles(session), actor)


@router.put("/people/{person_id}/profile", responses={200: ETAG}, openapi_extra=IF_MATCH)
async def choose_profile(
    person_id: UUID,
    choice: ProfileChoice,
    request: Request,
    response: Response,
    session: DbSession,
    actor: Actor = permit(Permission.PROFILES_ASSIGN),
) -> PersonProfileRead:
    """Name the profile of a person's post, or leave it to the defaults again; before and after are kept."""
    post = await get_post_for_change(session, person_id, acting=actor)
    require_match(request, post.revision)
    profiles = await queries.get_profiles(session)
    check_profile_key(profiles, choice.profile)
    await change_target_profile(session, acting=actor, post=post, profile=choice.profile)
    return _answer(response, await get_post_visible_to(session, person_id, actor=actor), profiles, actor)


def _answer(response: Response, post: Any, profiles: Profiles, actor: Actor) -> PersonProfileRead:
    if post.revision is not None:
        response.headers["ETag"] = etag(post.revision)
    known = post.target_profile is not None and profiles.get(post.target_profile) is not None
    held = profile_of_post(profiles, post)
    return person_profile_read(post, held, known=known, language=actor.language)
