"""HTTP of programmes as published: the same for every reader of a language (see `answers.py`)."""

from typing import Annotated

from fastapi import APIRouter, Query

from lms.catalogue import queries
from lms.catalogue.answers import PublishedRoute
from lms.catalogue.programme_schemas import ProgrammeRead, programme_read
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.pagination import Page, PageTurn
from lms.people.permits import permit

router = APIRouter(route_class=PublishedRoute, tags=["catalogue"])


@router.get("/programmes")
async def list_programmes(
    session: DbSession,
    turn: PageTurn,
    actor: Actor = permit(Permission.SELF),
    language: Annotated[str | None, Query(pattern=r"^(ar|zh|en|fr|ru|es)$")] = None,
) -> Page[ProgrammeRead]:
    """Every programme, by key: its items in the order of study, and the courses that count for it."""
    filters = {"list": "programmes", "language": language}
    after = turn.after(filters, (str,))
    programmes = (await queries.get_programmes(session)).programmes
    known = sorted(programmes.programmes, key=lambda each: each.key)
    rest = [each for each in known if after is None or each.key > after[0]]
    return turn.page(
        rest[: turn.wanted],
        filters,
        key=lambda each: [each.key],
        read=lambda each: programme_read(
            each, programmes.courses_of(each.key), language=language or actor.language
        ),
    )
