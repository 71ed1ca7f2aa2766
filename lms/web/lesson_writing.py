"""Pages on which the hosts of a training write its lesson, approve that it names them, and hand it in."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy
from lms.joint_trainings.domain.lessons import (
    FIELDS,
    SUBMITTED_IN,
    WRITTEN_IN,
    BadLesson,
    Draft,
    LessonTooEarly,
    NamesStand,
    digest_of,
    plain,
    texts_of,
    words_from,
)
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.queries import lessons as queries
from lms.joint_trainings.queries.trainings import acts_for, get_training, lock_training
from lms.joint_trainings.service import lessons as service
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Fault, Stale
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES
from lms.web import lesson_words
from lms.web.course_view import language_choices
from lms.web.given import Errors, given, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import errors_by_field

router = APIRouter()
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST
PLACE = "/trainings/{training_id:uuid}/lesson"
TITLE_MOST, PART_MOST = 200, 10_000


def place(training_id: UUID) -> str:
    """The address of a training's lesson."""
    return f"/trainings/{training_id}/lesson"


@router.get(PLACE)
async def lesson_page(
    request: Request, training_id: UUID, session: DbSession, actor: Actor = page_permit(_READ)
) -> Response:
    """The lesson as it stands: to write on for who acts for a host, to read for the others."""
    return await _page(request, session, actor, training_id, None, {})


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    training_id: UUID,
    values: Mapping[str, Any] | None,
    errors: Errors,
) -> Response:
    training = await get_training(session, training_id, actor=actor)
    row = await queries.find_lesson(session, training_id, actor=actor)
    its_hosts = await queries.hosts_seen(session, training_id)
    state = TrainingState(training.state)
    writes = service.may_write(actor, its_hosts) and (row is not None or state in WRITTEN_IN)
    context = {
        "training": training,
        "lesson": row,
        "parts": lesson_words.parts(request.state.language),
        "states": lesson_words.states(request.state.language),
        "outcomes": lesson_words.outcomes(request.state.language),
        "writes": writes,
        "may_submit": state in SUBMITTED_IN
        and any(each.entity_id and acts_for(actor, each) for each in its_hosts),
        "reads_private": queries.reads_private_part(actor, its_hosts),
        "values": values or _values(_draft(training, row)),
        "errors": errors,
        "title_most": TITLE_MOST,
        "part_most": PART_MOST,
        **await _choices(request, session),
        **(await _written(request, session, actor, row, its_hosts) if row else {}),
    }
    return show(request, "lessons/write.html", context, status=422 if errors else 200)


def _draft(training: Any, row: Any) -> Draft:
    """The lesson, or a new one about what its training is about."""
    if row is not None:
        return service.draft_of(row)
    words = words_from({})
    return Draft(training.language, words, "", tuple(training.competencies), tuple(training.focuses))


def _values(draft: Draft) -> dict[str, Any]:
    kept = {"language": draft.language, "private_part": draft.private_part}
    tags = {"competencies": list(draft.competencies), "focuses": list(draft.focuses)}
    return texts_of(draft.words) | kept | tags


async def _choices(request: Request, session: AsyncSession) -> dict[str, Any]:
    taxonomy, reader = await get_taxonomy(session), request.state.language
    return {
        "languages_to_choose": language_choices(LANGUAGES, reader),
        "areas": [
            (
                area.name.for_reader(reader),
                [(each.key, each.name.for_reader(reader)) for each in area.competencies],
            )
            for area in taxonomy.skill_areas
        ],
        "focuses": [(each.key, each.name.for_reader(reader)) for each in taxonomy.focuses],
    }


async def _written(
    request: Request, session: AsyncSession, actor: Actor, row: Any, its_hosts: Sequence[Any]
) -> dict[str, Any]:
    """Whom the text names and who may let it; what became of what was handed in."""
    words = words_from(row.draft)
    names = await service.check_names(session, row.training_id, row.id, row.language, words)
    is_inside = bool(actor.paths(_READ))
    shown = names if is_inside else names.for_partners()
    asked = [each for each in its_hosts if each.id in names.hosts_to_ask]
    return {
        "named": lesson_words.named(shown, request.state.language),
        "to_approve": [each.name for each in asked if acts_for(actor, each)],
        "asked": [each.name for each in asked if not acts_for(actor, each)],
        "digest": digest_of(row.language, words),
        "reviews": await queries.reviews_of(session, row.id),
        "authors": await queries.authors_of(session, row.id) if is_inside else [],
        "is_inside": is_inside,
    }


# -- writing -----------------------------------------------------------------------------------------------


@router.post(PLACE)
async def write(
    request: Request, training_id: UUID, session: DbSession, actor: Actor = page_permit(_HOST)
) -> Response:
    """Keep what was written, unless somebody else wrote meanwhile; and hand it in, where that was asked for."""
    values = await _given(request)
    try:
        await _keep(request, session, actor, training_id, values)
        if values.get("do") == "submit":
            lesson = await queries.lock_lesson(session, training_id, actor=actor)
            await service.submit(session, acting=actor, lesson=lesson)
    except DomainError as error:
        await roll_back(session)
        return await _page(request, session, actor, training_id, values, _wrong(request, error))
    _ = texts(request).gettext
    says = _("The lesson is handed in.") if values.get("do") == "submit" else _("The lesson is saved.")
    return redirect(request, place(training_id), flash=says)


async def _given(request: Request) -> dict[str, Any]:
    """The fields as they were typed; of tags the list of those that are ticked."""
    form = await request.form()
    ticked = {name: [str(each) for each in form.getlist(name)][:20] for name in ("competencies", "focuses")}
    return dict(await given(request)) | ticked


async def _keep(
    request: Request, session: AsyncSession, actor: Actor, training_id: UUID, values: Mapping[str, Any]
) -> None:
    # The training's lock first: of two who begin at once the second then finds the first one's lesson.
    training = await lock_training(session, training_id, actor=actor)
    row = await queries.find_lesson(session, training_id, actor=actor)
    draft = _as_draft(request, values, service.draft_of(row).private_part if row else "")
    if row is None:
        await service.begin(session, acting=actor, training=training, draft=draft)
        return
    lesson = await queries.lock_lesson(session, training_id, actor=actor)
    if values.get("revision") != str(lesson.revision):
        raise Stale(
            texts(request).gettext("Somebody else wrote meanwhile. Open the lesson again and add yours.")
        )
    await service.change(session, acting=actor, lesson=lesson, draft=draft)


def _as_draft(request: Request, values: Mapping[str, Any], private_before: str) -> Draft:
    """What was typed. Who does not see the private part leaves it as it is."""
    _ = texts(request).gettext
    too_long = [
        name
        for name in (*FIELDS, "private_part")
        if len(values.get(name, "")) > (TITLE_MOST if name == "title" else PART_MOST)
    ]
    if too_long:
        raise BadLesson(faults=[Fault(f"/{name}", _("This is too long.")) for name in too_long])
    return Draft(
        values.get("language", ""),
        words_from(values),
        plain(values["private_part"]) if "private_part" in values else private_before,
        tuple(values["competencies"]),
        tuple(values["focuses"]),
    )


def _wrong(request: Request, error: DomainError) -> Errors:
    """What the form says: each part that is missing, or each name that may not stand."""
    _ = texts(request).gettext
    if isinstance(error, NamesStand):
        says = _("Take the names out that are listed above the form; then hand it in.")
        return dict.fromkeys(errors_by_field(error.faults), says)
    if isinstance(error, LessonTooEarly):
        return {"": _("A lesson is handed in once its training is closed.")}
    if isinstance(error, BadLesson):
        found = dict.fromkeys(errors_by_field(error.faults), _("Write this part."))
        if "failed" in found:
            found["failed"] = _("Say in a sentence at least what did not work; others learn most from it.")
        for name, sentence in errors_by_field(error.faults).items():
            if sentence == _("This is too long."):
                found[name] = sentence
        return found
    return errors_by_field(error.faults) or {"": error.detail}


# -- hosts who are named, and leaving the library ----------------------------------------------------------


@router.post(PLACE + "/approve")
async def approve(
    request: Request, training_id: UUID, session: DbSession, actor: Actor = page_permit(_HOST)
) -> Response:
    """Let exactly the text that was read name one's host."""
    values = await given(request)
    lesson = await queries.lock_lesson(session, training_id, actor=actor)
    try:
        await service.approve(session, acting=actor, lesson=lesson, digest=values.get("digest", ""))
    except DomainError:
        await roll_back(session)
        says = texts(request).gettext("The text has changed since you opened it. Read it again.")
        return redirect(request, place(training_id), flash=says, kind="attention")
    says = texts(request).gettext("Approved. If the text changes in the least, you are asked again.")
    return redirect(request, place(training_id), flash=says)


@router.post(PLACE + "/withdraw")
async def withdraw(
    request: Request, training_id: UUID, session: DbSession, actor: Actor = page_permit(_HOST)
) -> Response:
    """Take the lesson out of the library."""
    values = await given(request)
    lesson = await queries.lock_lesson(session, training_id, actor=actor)
    try:
        await service.withdraw(session, acting=actor, lesson=lesson, because=values.get("because", ""))
    except DomainError:
        await roll_back(session)
        says = texts(request).gettext("Say why it is withdrawn; its address tells it.")
        return redirect(request, place(training_id), flash=says, kind="attention")
    return redirect(request, place(training_id), flash=texts(request).gettext("The lesson is withdrawn."))
