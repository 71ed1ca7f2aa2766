"""Pages of the catalogue: courses for the reader's focus first, one course, on and off it."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from lms.catalogue.domain import Competency, Edition, SkillArea, Tag, Taxonomy, UnknownTag
from lms.catalogue.queries import (
    CourseFilters,
    CourseRef,
    count_courses,
    get_course,
    get_editions,
    get_taxonomy,
    list_course_versions,
    rank_part,
    refs_by_key,
)
from lms.enrolments import service
from lms.enrolments.domain.states import AlreadyEnrolled, EnrolmentState, PrerequisiteMissing
from lms.enrolments.queries import find_own_enrolment_by_key
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES, search_words, translator
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.queries import focuses_of
from lms.web.course_view import (
    html_of,
    language_choices,
    own_names,
    reading_language,
    said,
)
from lms.web.lessons import newest_for
from lms.web.own_courses import OwnCourses, own_courses
from lms.web.programme_view import desk_of, in_order
from lms.web.session import page_permit, redirect, show

router = APIRouter()
PAGE_SIZE = 20
PROGRAMMES_SHOWN = 2
Key = Annotated[str, Query(max_length=100)]


# -- the list ----------------------------------------------------------------------------------------------


@router.get("/courses")
async def list_courses(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    focus: Key = "",
    skill_area: Key = "",
    competency: Key = "",
    modality: Key = "",
    language: Key = "",
    q: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Courses on offer: first those for the focus of the reader's entity, then those for every focus."""
    given = {"focus": focus, "skill_area": skill_area, "competency": competency, "modality": modality,
             "language": language}  # fmt: skip
    asked = {**given, "q": q.strip()}
    first = await focuses_of(session, actor.person_id)
    filters = CourseFilters(
        **{name: value or None for name, value in given.items()}, words=tuple(search_words(q))
    )
    after = decode_cursor(cursor, filters=asked, parts=(rank_part, str, UUID))
    rows = await list_course_versions(session, filters, first_focuses=first, after=after, limit=PAGE_SIZE + 1)
    taxonomy = await get_taxonomy(session)
    shown = rows[:PAGE_SIZE]
    own = await own_courses(session, actor, shown=[row.current_version_id for row in shown])
    editions = await get_editions(session, [row.current_version_id for row in shown])
    cards = [(row.rank, own.card(request, row.id, editions[row.current_version_id])) for row in shown]
    last = shown[-1] if len(rows) > PAGE_SIZE else None
    begins = cursor is None and not any(asked.values())
    context = {
        **(await _programmes(request, session, actor, own, first) if begins else {"programmes": []}),
        "groups": _groups(request, cards, first, taxonomy),
        "choices": _choices(request, taxonomy),
        "asked": asked,
        "filtered": any(asked.values()),
        "is_first": cursor is None,
        "found": len(rows) if cursor is None and not last else await count_courses(session, filters),
        "next_cursor": last and encode_cursor([last.rank, last.sort_key, last.id], filters=asked),
    }
    return show(request, "learner/courses.html", context)


async def _programmes(
    request: Request, session: DbSession, actor: Actor, own: OwnCourses, focuses: Sequence[str]
) -> dict[str, Any]:
    """The few programmes that concern the reader most; the others are a page away."""
    desk = await desk_of(request, session, actor, own)
    programmes = in_order(desk, focuses)
    shown = [desk.card(each) for each in programmes[:PROGRAMMES_SHOWN]]
    return {"programmes": shown, "programmes_count": len(programmes)}


def _groups(
    request: Request, cards: Sequence[tuple[int, Any]], first: Sequence[str], taxonomy: Taxonomy
) -> list[dict[str, Any]]:
    """Cards under the words that say why they stand where they stand."""
    _ = translator(request.state.language).gettext
    if not first:
        headings = {0: _("All courses, by title")}
    else:
        names = " · ".join(_label(taxonomy.focus, key, request) for key in first)
        headings = {
            0: _("%(focus)s: your entity’s focus", focus=names),
            1: _("For every focus"),
            2: _("For other focuses"),
        }
    groups = [
        {"title": title, "courses": [card for at, card in cards if at == rank]}
        for rank, title in headings.items()
    ]
    return [group for group in groups if group["courses"]]


def _label(find: Any, key: str, request: Request) -> str:
    try:
        name: str = find(key).name.for_reader(request.state.language)
    except UnknownTag:
        return key
    return name


def _choices(request: Request, taxonomy: Taxonomy) -> dict[str, list[tuple[str, str, str | None]]]:
    """The options of each filter, each with its language where that is not the reader's."""
    reader = request.state.language
    kinds: dict[str, Sequence[Tag | SkillArea | Competency]] = {
        "focus": taxonomy.focuses,
        "skill_area": taxonomy.skill_areas,
        "competency": taxonomy.competencies,
        "modality": taxonomy.modalities,
    }
    named = {name: [_option(each, reader) for each in tags] for name, tags in kinds.items()}
    return {**named, "language": language_choices(LANGUAGES, reader)}


def _option(tag: Tag | SkillArea | Competency, reader: str) -> tuple[str, str, str | None]:
    language = tag.name.language_for(reader)
    return tag.key, tag.name.for_reader(reader), None if language == reader else language


# -- one course --------------------------------------------------------------------------------------------


@router.get("/courses/{key}")
async def read_course(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """What a course is, what it teaches, and the one thing to do next with it."""
    ref = await get_course(session, key)
    taxonomy = await get_taxonomy(session)
    own = await own_courses(session, actor)
    edition = (await get_editions(session, [ref.version_id]))[ref.version_id]
    before = await refs_by_key(session, edition.course.prerequisites)
    editions = await get_editions(session, [each.version_id for each in before.values()])
    language = reading_language(request, edition)
    prerequisites = [
        {**own.card(request, each.id, editions[each.version_id]), "held": each.id in own.completions}
        for each in before.values()
    ]
    context = {
        "course": edition.course,
        "words": edition.texts[language],
        "written": language,
        "about": html_of(edition.texts[language].about, edition.course.sources, 3),
        "version": ref.version,
        "teaches": _teaches(request, edition, taxonomy),
        "focuses": [_label(taxonomy.focus, each, request) for each in edition.course.focuses],
        "prerequisites": prerequisites,
        "state": own.state(ref.id),
        "may_ask": bool(edition.course.teaches),
        "action": _action(own, ref, prerequisites),
        "renewal": next((each for each in own.to_renew() if each.completion.course_id == ref.id), None),
        "on_older": own.is_on_older(ref.id, ref.version_id),
        "offered_in": own_names(edition.course.languages),
        "language_choices": language_choices(edition.course.languages, request.state.language),
        "sources": list(enumerate(edition.course.sources, 1)),
        "lessons": await newest_for(request, session, [each.competency for each in edition.course.teaches]),
    }
    return show(request, "learner/course.html", context)


def _action(own: OwnCourses, ref: CourseRef, prerequisites: Sequence[dict[str, Any]]) -> str:
    """The one primary action: continue, review, do what comes first, or enrol, for the first time or again."""
    enrolment = own.enrolments.get(ref.id)
    if enrolment is not None and enrolment.state == EnrolmentState.ACTIVE:
        return "continue"
    if own.state(ref.id).get("state") in ("lapsed", "renew"):
        return "enrol"
    if enrolment is not None:
        return "review"
    return "enrol" if all(each["held"] for each in prerequisites) else "first"


def _teaches(request: Request, edition: Edition, taxonomy: Taxonomy) -> list[dict[str, Any]]:
    """Each competency with what the quizzes show and what the assessed work adds, up to each source's ceiling."""
    reader = request.state.language
    lines = []
    for each in edition.course.teaches:
        try:
            competency = taxonomy.competency(each.competency)
        except UnknownTag:
            continue
        by_quiz = min(each.level, taxonomy.ceiling("course"))
        by_work = min(each.assessed_level or 0, taxonomy.ceiling("assessed_work"))
        lines.append(
            {
                "name": said(competency.name, reader),
                "area": said(taxonomy.area_of(each.competency).name, reader),
                "course": _level(taxonomy, competency, by_quiz, reader),
                "work": _level(taxonomy, competency, by_work, reader) if by_work > by_quiz else None,
            }
        )
    return lines


def _level(taxonomy: Taxonomy, competency: Any, level: int, reader: str) -> dict[str, Any] | None:
    if level == 0:
        return None
    label = competency.levels.get(level)
    name = said(taxonomy.level(level).name, reader)
    return {"level": level, "name": name, "says": said(label, reader) if label else ""}


# -- on and off --------------------------------------------------------------------------------------------


@router.post("/courses/{key}/enrol")
async def enrol(
    request: Request,
    key: str,
    session: DbSession,
    actor: Actor = page_permit(Permission.SELF),
    language: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Enrol and go to the course; someone who is on it already just goes there."""
    _ = translator(request.state.language).gettext
    try:
        await service.enrol(session, acting=actor, course=key, language=language or request.state.language)
    except AlreadyEnrolled:
        return RedirectResponse(f"/learn/{key}", status_code=303)
    except PrerequisiteMissing:
        says = _("Another course comes first. It is named below.")
        return redirect(request, f"/courses/{key}", flash=says, kind="attention")
    return redirect(
        request, f"/learn/{key}", flash=_("You are enrolled. You can stop and go on at any time.")
    )


@router.post("/courses/{key}/withdraw")
async def withdraw(
    request: Request, key: str, session: DbSession, actor: Actor = page_permit(Permission.SELF)
) -> Response:
    """Leave a course; enrolling again begins anew."""
    row = await find_own_enrolment_by_key(session, key, actor=actor)
    if row is not None and row.state == EnrolmentState.ACTIVE:
        await service.withdraw(session, acting=actor, enrolment_id=row.id)
    _ = translator(request.state.language).gettext
    return redirect(request, f"/courses/{key}", flash=_("You have withdrawn from this course."))
