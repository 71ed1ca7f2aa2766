"""Pages of joint trainings: the list of one's hosts, one training with its steps, and the form."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy, titles_on_offer
from lms.joint_trainings.domain.states import PREPARED_IN, TrainingState, next_state, way_of
from lms.joint_trainings.domain.trainings import HostRef, MoveRefused
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries import trainings as queries
from lms.joint_trainings.service import moves, trainings
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Stale
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.queries import list_entities
from lms.web import training_words
from lms.web.course_view import foreign, own_names
from lms.web.course_view import said as label_said
from lms.web.given import Errors, given, said, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query
from lms.web.training_form import (
    as_change,
    as_proposal,
    as_written,
    choices,
    now_beside,
    own_hosts,
    read_form,
    wrong_in,
)

router = APIRouter()
PAGE = 50
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST


@router.get("/trainings")
async def list_trainings(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_READ),
    state: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Trainings of one's hosts, the latest proposed first."""
    chosen = TrainingState(state) if state in set(TrainingState) else None
    asked = {"state": chosen.value if chosen else ""}
    after = decode_cursor(cursor, filters=asked, parts=(UUID,))
    rows = await queries.list_trainings(
        session, actor=actor, filters=queries.Filters(state=chosen), after=after, limit=PAGE + 1
    )
    shown, states = rows[:PAGE], training_words.states(request.state.language)
    context = {
        "rows": shown,
        "hosts": await queries.hosts_of(session, [row.id for row in shown]),
        "states": states,
        "states_to_choose": [(key, words) for key, (words, _, _) in states.items()],
        "values": asked,
        "may_clear": bool(actor.paths(Permission.AGREEMENTS_CLEAR)),
        "may_name": bool(actor.paths(Permission.AGREEMENTS_CLEAR) or actor.partners(_HOST)),
        "may_propose": bool(await own_hosts(session, actor)),
        "address": with_query("/trainings", state=asked["state"] or None),
        "next_cursor": encode_cursor([shown[-1].id], filters=asked) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "trainings/list.html", context)


# -- the form ----------------------------------------------------------------------------------------------


@router.get("/trainings/new")
async def new_training(request: Request, session: DbSession, actor: Actor = page_permit(_HOST)) -> Response:
    """The form by which a training is proposed."""
    values = {
        "language": request.state.language,
        "languages": [request.state.language],
        "every_session": True,
        "experts_only": True,
        "attended_percent": "80",
    }
    own = await own_hosts(session, actor)
    return await _form(request, session, actor, None, values | {"host": own[0][0] if own else ""}, {})


async def _form(
    request: Request, session: AsyncSession, actor: Actor, training: Any, values: Any, errors: Errors
) -> Response:
    context = {
        **await choices(request, session, actor),
        "training": training,
        "values": values,
        "errors": errors,
    }
    return show(request, "trainings/edit.html", context, status=422 if errors else 200)


@router.post("/trainings/new")
async def propose(request: Request, session: DbSession, actor: Actor = page_permit(_HOST)) -> Response:
    """Propose it; the other hosts are asked."""
    values = await read_form(request)
    try:
        proposal = as_proposal(values).proposal()
        training = await trainings.propose(session, acting=actor, proposal=proposal)
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _form(request, session, actor, None, values, _wrong(request, error))
    flash = texts(request).gettext("The training is proposed; the other hosts see it now.")
    return redirect(request, f"/trainings/{training.id}", flash=flash)


def _wrong(request: Request, error: ValidationError | DomainError) -> Errors:
    if isinstance(error, ValidationError):
        return wrong_in(request, error)
    return {name.partition("/")[0]: words for name, words in said(error).items()}


@router.get("/trainings/{training_id:uuid}/edit")
async def edit_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """What it is to be, as a form."""
    row = await queries.get_training(session, training_id, actor=actor, permission=_HOST)
    return await _form(request, session, actor, row, as_written(row), {})


@router.post("/trainings/{training_id:uuid}/edit")
async def edit(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Change it, unless the other host has changed it meanwhile."""
    values = await read_form(request)
    row = await queries.get_training(session, training_id, actor=actor, permission=_HOST)
    try:
        training = await _matched(request, session, training_id, actor, values)
        before = trainings.terms_of(row)
        after = as_change(values).onto(before)
        await trainings.change_terms(session, acting=actor, training=training, before=before, after=after)
    except Stale:
        await roll_back(session)
        return await _both(request, session, actor, training_id, values)
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _form(request, session, actor, row, values, _wrong(request, error))
    flash = texts(request).gettext("The training is changed.")
    return redirect(request, f"/trainings/{training_id}", flash=flash)


async def _both(
    request: Request, session: AsyncSession, actor: Actor, training_id: UUID, values: dict[str, Any]
) -> Response:
    """The form as it was typed, what another host wrote meanwhile beside it; sent again, it is the newest."""
    row = await queries.get_training(session, training_id, actor=actor, permission=_HOST)
    now = as_written(row)
    says = texts(request).gettext(
        "Somebody changed this training meanwhile. What you typed is kept below, and what is on record now stands"
        " by each field that differs. Keep the changes again, and yours take its place."
    )
    errors = {"": says} | now_beside(request, await choices(request, session, actor), values, now)
    return await _form(request, session, actor, row, values | {"revision": now["revision"]}, errors)


async def _matched(
    request: Request, session: AsyncSession, training_id: UUID, actor: Actor, values: Any
) -> JointTraining:
    training = await queries.lock_training(session, training_id, actor=actor)
    if values.get("revision") != str(training.revision):
        raise Stale(texts(request).gettext("Somebody changed this training meanwhile. Open it again."))
    return training


# -- one training ------------------------------------------------------------------------------------------


@router.get("/trainings/{training_id:uuid}")
async def training_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """One training: where it stands, what is left to do, its hosts and its parts."""
    return await _page(request, session, actor, training_id, {}, {})


async def _page(
    request: Request, session: AsyncSession, actor: Actor, training_id: UUID, values: Any, errors: Any
) -> Response:
    row = await queries.get_training(session, training_id, actor=actor)
    hosts = (await queries.hosts_of(session, [training_id]))[training_id]
    own = {host.id for host in hosts if queries.acts_for(actor, host)}
    context = {
        "training": row,
        "hosts": hosts,
        "own": own,
        "is_inside": bool(actor.paths(_READ)),
        "leads": any(host.is_lead and host.id in own for host in hosts),
        "is_prepared": TrainingState(row.state) in PREPARED_IN,
        "went": await queries.moves_of(session, training_id),
        "entities": [(each.key, each.name) for each in await list_entities(session)],
        "values": values,
        "errors": errors,
        **await _what_comes_next(request, session, row, hosts),
        **await _words(request, session, row),
    }
    return show(request, "trainings/training.html", context, status=422 if errors else 200)


async def _what_comes_next(
    request: Request, session: AsyncSession, row: Any, hosts: list[Any]
) -> dict[str, Any]:
    """The next state and what stands in its way, and the steps of the whole way."""
    language, state = request.state.language, TrainingState(row.state)
    with_partner = moves.has_partner(hosts)
    onward = next_state(state, with_partner=with_partner)
    found = []
    if onward is not None:
        training = await session.get_one(JointTraining, row.id)
        found = await moves.obstacles_to(session, training, hosts, onward)
    way = way_of(with_partner=with_partner)
    at = way.index(state) if state in way else -1
    return {
        "onward": onward.value if onward else None,
        "in_the_way": training_words.in_the_way(found, language),
        "steps": [(each.value, number < at, number == at) for number, each in enumerate(way)],
        "with_partner": with_partner,
        "parts": training_words.parts(language, with_partner=with_partner),
    }


async def _words(request: Request, session: AsyncSession, row: Any) -> dict[str, Any]:
    language, taxonomy = request.state.language, await get_taxonomy(session)
    named = {each.key: each.name for each in taxonomy.focuses}
    named |= {each.key: each.name for each in taxonomy.competencies}
    titles = await titles_on_offer(session, language=language) if row.course else []
    return {
        "course_title": next(
            (foreign(each.title, each.language, language) for each in titles if each.key == row.course), None
        ),
        "states": training_words.states(language),
        "moves": training_words.moves(language),
        "held_in": own_names(row.languages),
        "competencies": [label_said(named[key], language) for key in row.competencies if key in named],
        "focuses": [label_said(named[key], language) for key in row.focuses if key in named],
    }


@router.post("/trainings/{training_id:uuid}/moves")
async def move(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Bring it to another state, or say all that stands in the way."""
    values = await given(request)
    try:
        training = await _matched(request, session, training_id, actor, values)
        to = TrainingState(values["to"]) if values.get("to") in set(TrainingState) else TrainingState.DRAFT
        await moves.move(session, acting=actor, training=training, to=to, reason=values.get("reason"))
    except DomainError as error:
        await roll_back(session)
        return await _page(request, session, actor, training_id, values, _refused(request, error))
    return redirect(request, f"/trainings/{training_id}", flash=texts(request).gettext("It is done."))


def _refused(request: Request, error: DomainError) -> Errors:
    if isinstance(error, MoveRefused) and error.obstacles:
        lines = training_words.in_the_way(error.obstacles, request.state.language)
        return {"": " ".join(str(line) for line in lines)}
    return said(error)


# -- hosts -------------------------------------------------------------------------------------------------


@router.post("/trainings/{training_id:uuid}/hosts")
async def add_host(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Ask another to host it too."""
    values = await given(request)
    ref = HostRef(
        values.get("entity") or None, None if values.get("entity") else values.get("partner") or None
    )
    try:
        training = await queries.lock_training(session, training_id, actor=actor)
        await trainings.add_host(session, acting=actor, training=training, ref=ref)
    except DomainError as error:
        await roll_back(session)
        wrong = {"partner": texts(request).gettext("Choose an entity, or give the key of a partner.")}
        return await _page(
            request, session, actor, training_id, values, wrong if error.faults else said(error)
        )
    flash = texts(request).gettext("The host is asked.")
    return redirect(request, f"/trainings/{training_id}#hosts", flash=flash)


@router.post("/trainings/{training_id:uuid}/hosts/{host_id:uuid}/remove")
async def remove_host(
    request: Request, session: DbSession, training_id: UUID, host_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Let a host go, or leave."""
    training = await queries.lock_training(session, training_id, actor=actor)
    await trainings.remove_host(session, acting=actor, training=training, host_id=host_id)
    flash = texts(request).gettext("It is no host any more.")
    return redirect(request, "/trainings", flash=flash)


@router.post("/trainings/{training_id:uuid}/hosts/{host_id:uuid}/accept")
async def accept(
    request: Request, session: DbSession, training_id: UUID, host_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Say for a host that it takes part."""
    training = await queries.lock_training(session, training_id, actor=actor)
    await trainings.accept(session, acting=actor, training=training, host_id=host_id)
    return redirect(request, f"/trainings/{training_id}", flash=texts(request).gettext("You take part."))
