"""HTTP of a course's versions: which there are, and what differs between two."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Query

from lms.catalogue.domain.difference import difference
from lms.catalogue.queries import get_course, get_editions
from lms.catalogue.version_queries import VersionRef, get_version, list_versions
from lms.catalogue.version_schemas import DifferenceRead, VersionRead, difference_read, version_read
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Fault, Invalid
from lms.kernel.http import DbSession, StrictRoute
from lms.kernel.pagination import Page, PageTurn, count_part
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["catalogue"])
_MOST = 2**31 - 1
Number = Annotated[int, Path(ge=1, le=_MOST)]
Earlier = Annotated[
    int | None, Query(alias="from", ge=1, le=_MOST, description="Left out: the version before it.")
]


@router.get("/courses/{key}/versions")
async def list_course_versions(
    key: str, session: DbSession, turn: PageTurn, actor: Actor = permit(Permission.COURSES_WRITE)
) -> Page[VersionRead]:
    """Every version of a course, the first first."""
    ref = await get_course(session, key)
    filters = {"list": "versions", "course": key}
    after = int((turn.after(filters, (count_part,)) or ["0"])[0])
    rows = [each for each in await list_versions(session, ref.id) if each.number > after][: turn.wanted]

    def read(row: VersionRef) -> VersionRead:
        return version_read(row, current=ref.version_id)

    return turn.page(rows, filters, key=lambda row: [row.number], read=read)


@router.get("/courses/{key}/versions/{number}/difference")
async def read_difference(
    key: str,
    number: Number,
    session: DbSession,
    actor: Actor = permit(Permission.COURSES_WRITE),
    earlier: Earlier = None,
) -> DifferenceRead:
    """What became of a course from the version `from` to this one; either may be the earlier."""
    new = await get_version(session, key, number)
    if earlier is None and number == 1:
        sentence = "Version 1 has none before it; say which to compare it with."
        raise Invalid(sentence, faults=[Fault("/query/from", sentence)])
    old = await get_version(session, key, earlier or number - 1)
    editions = await get_editions(session, [old.id, new.id])
    found = await asyncio.to_thread(difference, editions[old.id], editions[new.id])
    return difference_read(key, old.number, new.number, found)
