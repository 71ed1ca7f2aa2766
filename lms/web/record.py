"""Page of one's own record: standing by skill area, why it is what it is, and what was completed."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from lms.catalogue.domain import Taxonomy, UnknownTag
from lms.catalogue.queries import get_editions, get_taxonomy, programmes_in
from lms.completions.queries import list_completions, list_programme_completions, own_completions_by_id
from lms.joint_trainings.queries.attendance import attended_by
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.queries import names_of
from lms.skills.domain import CompetencyStanding, Held, standing_on
from lms.skills.queries import held_as_at, list_skill_records
from lms.web.course_view import foreign, said
from lms.web.profile_view import own_profile
from lms.web.session import page_permit, show

router = APIRouter()
PAGE_SIZE = 50


@router.get("/record")
async def my_record(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """How I stand, why, and what I completed."""
    today, taxonomy = clock.today(), await get_taxonomy(session)
    held = await held_as_at(session, actor=actor, person_id=actor.person_id, moment=clock.now())
    records = await list_skill_records(session, actor=actor, person_id=actor.person_id, limit=1000)
    after = decode_cursor(cursor, filters={}, parts=(UUID,))
    completions = await list_completions(
        session, actor=actor, person_id=actor.person_id, after=after, limit=PAGE_SIZE + 1
    )
    shown = completions[:PAGE_SIZE]
    versions = {row.course_version_id for row in (*records, *shown) if row.course_version_id}
    versions |= {row.ground_version_id for row in shown if row.ground_version_id}
    editions = await get_editions(session, versions)
    titles = _titles(request, editions)
    assessors = await names_of(session, [row.assessor_id for row in records if row.assessor_id])
    behind = {row.id: _behind(row, editions, titles, assessors) for row in records}
    standings = standing_on(today, held)
    context = {
        "areas": _areas(request, taxonomy, standings, behind),
        "has_standing": bool(standings),
        "profile": await own_profile(
            request, session, actor, taxonomy, {each.competency: each.level for each in standings}
        ),
        "attended": await attended_by(session, actor.person_id),
        "programmes": await _programmes(request, session, actor),
        "completions": [
            {"row": row, "title": titles[row.course_version_id], "ground": titles.get(row.ground_version_id)}
            for row in shown
        ],
        "next_cursor": encode_cursor([shown[-1].id], filters={}) if len(completions) > PAGE_SIZE else None,
        "is_first": cursor is None,
        "today": today,
        "person_id": actor.person_id,
    }
    return show(request, "learner/record.html", context)


async def _programmes(request: Request, session: DbSession, actor: Actor) -> list[dict[str, Any]]:
    """Programmes completed, each by the name it had, with the courses it rests on."""
    rows = await list_programme_completions(session, actor=actor, person_id=actor.person_id, limit=200)
    published = await programmes_in(session, {row.document_id for row in rows})
    resting = await own_completions_by_id(
        session, [each for row in rows for each in row.rests_on or ()], person_id=actor.person_id
    )
    editions = await get_editions(session, {each.course_version_id for each in resting.values()})
    titles, reader = _titles(request, editions), request.state.language
    return [
        {
            "row": row,
            "name": said(programme.name, reader) if programme else row.programme,
            "rests_on": [
                {"row": resting[each], "title": titles[resting[each].course_version_id]}
                for each in row.rests_on or ()
            ],
        }
        for row in rows
        for programme in [published[row.document_id].get(row.programme)]
    ]


def _titles(request: Request, editions: Mapping[Any, Any]) -> dict[Any, Any]:
    """Course titles by version, in the reader's language where the course has it."""
    reader = request.state.language
    found = {}
    for version_id, edition in editions.items():
        language = edition.language_for(reader)
        found[version_id] = foreign(edition.texts[language].title, language, reader)
    return found


def _behind(
    row: Any, editions: Mapping[Any, Any], titles: Mapping[Any, Any], assessors: Mapping[Any, str]
) -> dict[str, Any]:
    """What a skill record rests on."""
    edition = editions.get(row.course_version_id)
    return {
        "title": titles.get(row.course_version_id),
        "href": edition and f"/courses/{edition.key}",
        "elsewhere": row.completion_source == "recorded",
        "assessor": assessors.get(row.assessor_id),
    }


def _areas(
    request: Request, taxonomy: Taxonomy, standings: Sequence[CompetencyStanding], behind: Mapping[Any, Any]
) -> list[dict[str, Any]]:
    """Standing under its skill areas, in the taxonomy's order; areas without any record are named only."""
    reader = request.state.language
    known = {each.competency: each for each in standings}
    areas = []
    for area in taxonomy.skill_areas:
        lines = [
            _line(taxonomy, known.pop(each.key), reader, behind)
            for each in area.competencies
            if each.key in known
        ]
        areas.append({"name": said(area.name, reader), "plain": area.name.for_reader(reader), "lines": lines})
    rest = [_line(taxonomy, each, reader, behind) for each in known.values()]
    return [*areas, {"name": None, "lines": rest}] if rest else areas


def _line(
    taxonomy: Taxonomy, standing: CompetencyStanding, reader: str, behind: Mapping[Any, Any]
) -> dict[str, Any]:
    return {
        **level_of(taxonomy, standing.competency, standing.level, reader),
        "level": standing.level,
        "supported_by": [_held(each, behind) for each in standing.supported_by],
        "lapsed": [_held(each, behind) for each in standing.lapsed],
        "by_source": standing.by_source,
        "sources_disagree": standing.sources_disagree,
        "until": _until(standing),
    }


def _until(standing: CompetencyStanding) -> Any:
    """The day the level is held to; None when it does not lapse, or is not held."""
    days = [each.valid_until for each in standing.supported_by]
    return None if not days or None in days else max(day for day in days if day)


def _held(held: Held, behind: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "held": held,
        **behind.get(held.record_id, {"title": None, "href": None, "elsewhere": False, "assessor": None}),
    }


def level_of(taxonomy: Taxonomy, competency: str, level: int, reader: str) -> dict[str, Any]:
    """A competency's name and what a level of it means, in the reader's language; its key when it was dropped."""
    try:
        found = taxonomy.competency(competency)
    except UnknownTag:
        return {"name": competency, "level_name": "", "says": ""}
    text = found.levels.get(level)
    return {
        "name": said(found.name, reader),
        "level_name": said(taxonomy.level(level).name, reader) if level else "",
        "says": said(text, reader) if text else "",
    }
