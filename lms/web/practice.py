"""Pages of practice: what one did with partners, whom one asks to attest it, and what one is asked to attest."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Request, Response, UploadFile
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import BadFile
from lms.catalogue.queries import get_taxonomy
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Stale, TooLarge
from lms.kernel.http import DbSession
from lms.partners.endpoints import kept_file
from lms.practice import queries, service
from lms.practice.domain import BadClaim, ClaimSettled, ClaimState, NobodyAttests
from lms.practice.endpoints import parts_of, read_file
from lms.practice.schemas import described_of, ratings_read
from lms.skills.domain import ATTESTED_PRACTICE
from lms.web.given import Errors, Values, given, said, texts
from lms.web.practice_form import as_given, as_written, choices, named, refused, wrong_in
from lms.web.session import page_permit, redirect, show

router = APIRouter()
_SELF = Permission.SELF
MOST = 100


@router.get("/practice")
async def list_practice(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """One's own descriptions, and what waits for one to attest it."""
    context = {
        "own": await queries.list_own(session, actor=actor, limit=MOST),
        "waiting": await queries.list_to_attest(session, actor=actor, state=ClaimState.SUBMITTED, limit=MOST),
        "states": states(request),
    }
    return show(request, "practice/list.html", context)


def states(request: Request) -> dict[str, tuple[str, str, str]]:
    """Each state with its words, the shape of its mark, and the tone."""
    pgettext = texts(request).pgettext
    return {
        "draft": (pgettext("of practice", "Draft"), "empty", "quiet"),
        "submitted": (pgettext("of practice", "Waits to be attested"), "waiting", "action"),
        "attested": (pgettext("of practice", "Attested"), "done", "quiet"),
        "refused": (pgettext("of practice", "Not attested"), "closed", "attention"),
        "withdrawn": (pgettext("of practice", "Taken back"), "hidden", "quiet"),
    }


# -- describing it -----------------------------------------------------------------------------------------


@router.get("/practice/new")
async def new_practice(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """The form by which one describes partnership work."""
    return await _form(request, session, None, {}, {})


async def _form(
    request: Request, session: AsyncSession, row: Any, values: Values, errors: Errors
) -> Response:
    context = {**await choices(request, session), "row": row, "values": values, "errors": errors}
    return show(request, "practice/edit.html", context, status=422 if errors else 200)


@router.post("/practice/new")
async def describe(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """Keep it as a draft."""
    values = await given(request)
    try:
        claim = await service.describe(session, acting=actor, described=as_given(values).described())
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _form(request, session, None, values, _wrong(request, error))
    flash = texts(request).gettext("It is kept as a draft; nobody else sees it.")
    return redirect(request, f"/practice/{claim.id}", flash=flash)


def _wrong(request: Request, error: ValidationError | DomainError) -> Errors:
    if isinstance(error, ValidationError):
        return wrong_in(request, error)
    return refused(request, said(error)) if error.faults else said(error)


@router.get("/practice/{practice_id:uuid}/edit")
async def edit_page(
    request: Request, session: DbSession, practice_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """What was described, as a form."""
    row = await queries.get_claim(session, practice_id, actor=actor)
    return await _form(request, session, row, as_written(row), {})


@router.post("/practice/{practice_id:uuid}/edit")
async def edit(
    request: Request, session: DbSession, practice_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Write it anew, unless it changed meanwhile on another device."""
    values = await given(request)
    row = await queries.get_claim(session, practice_id, actor=actor)
    try:
        claim = await queries.lock_own(session, practice_id, actor=actor)
        if values.get("revision") != str(claim.revision):
            raise Stale(texts(request).gettext("This was changed meanwhile. Open it again."))
        await service.change(session, claim=claim, described=as_given(values).described())
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await _form(request, session, row, values, _wrong(request, error))
    return redirect(request, f"/practice/{practice_id}", flash=texts(request).gettext("The draft is kept."))


# -- one description ---------------------------------------------------------------------------------------


@router.get("/practice/{practice_id:uuid}")
async def practice_page(
    request: Request, session: DbSession, practice_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """One description: for its person, and for who is asked to attest it."""
    return await _page(request, session, actor, practice_id, {}, {})


async def _page(
    request: Request, session: AsyncSession, actor: Actor, practice_id: UUID, values: Values, errors: Errors
) -> Response:
    row = await queries.get_claim(session, practice_id, actor=actor)
    parts, taxonomy = (await parts_of(session, [row]))[row.id], await get_taxonomy(session)
    is_own = row.person_id == actor.person_id
    levels = {each.level: each.name.for_reader(request.state.language) for each in taxonomy.levels}
    context = {
        **parts,
        "row": row,
        "states": states(request),
        "is_own": is_own,
        "competencies": named(taxonomy, request.state.language),
        "level_names": levels,
        "rated": ratings_read(parts["ratings"]),
        "may_attest": not is_own and row.state == ClaimState.SUBMITTED,
        "levels_to_give": _levels_to_give(request, levels, taxonomy.ceiling(ATTESTED_PRACTICE)),
        "contacts": await _contacts(session, row) if is_own else [],
        "answers": _answers(request),
        "values": values,
        "errors": errors,
    }
    return show(request, "practice/practice.html", context, status=422 if errors else 200)


async def _contacts(session: AsyncSession, row: Any) -> list[tuple[str, str]]:
    found = await queries.contacts_to_ask(session, row.partner_id)
    return [(str(each.id), each.name) for each in found]


def _levels_to_give(request: Request, names: dict[int, str], ceiling: int) -> list[tuple[str, str]]:
    none = texts(request).gettext("Not shown")
    return [("0", none)] + [
        (str(level), f"{level}. {name}") for level, name in names.items() if level <= ceiling
    ]


def _answers(request: Request) -> dict[str, str]:
    _ = texts(request).gettext
    return {"right": _("right"), "not_right": _("not right"), "cannot_say": _("cannot say")}


@router.post("/practice/{practice_id:uuid}/files")
async def add_file(
    request: Request,
    session: DbSession,
    practice_id: UUID,
    file: Annotated[UploadFile, File()],
    actor: Actor = page_permit(_SELF),
) -> Response:
    """Show it by a file."""
    claim = await queries.lock_own(session, practice_id, actor=actor)
    row = await queries.get_claim(session, practice_id, actor=actor)
    try:
        async with kept_file(request, file) as kept:
            files = [kept] if kept else []
            await service.change(session, claim=claim, described=described_of(row), files=files)
    except (BadFile, BadClaim, TooLarge, ClaimSettled) as error:
        await roll_back(session)
        words = texts(request).gettext("This file is not taken, or there are too many.")
        wrong = said(error) if isinstance(error, ClaimSettled) else {"file": words}
        return await _page(request, session, actor, practice_id, {}, wrong)
    return redirect(
        request, f"/practice/{practice_id}#files", flash=texts(request).gettext("The file is kept.")
    )


@router.get("/practice/{practice_id:uuid}/files/{file_id:uuid}")
async def file(
    request: Request, session: DbSession, practice_id: UUID, file_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """A file, always as a download."""
    return await read_file(request, practice_id, file_id, session, actor)


@router.post("/practice/{practice_id:uuid}/submit")
async def submit(
    request: Request, session: DbSession, practice_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Ask whoever one reported to then to attest it."""
    claim = await queries.lock_own(session, practice_id, actor=actor)
    row = await queries.get_claim(session, practice_id, actor=actor)
    try:
        await service.submit(session, acting=actor, claim=claim, described=described_of(row))
    except NobodyAttests:
        await roll_back(session)
        says = texts(request).gettext(
            "Nobody you reported to then, or report to now, is here to attest it. Ask human resources."
        )
        return await _page(request, session, actor, practice_id, {}, {"": says})
    except DomainError as error:
        await roll_back(session)
        return await _form(request, session, row, as_written(row), _wrong(request, error))
    flash = texts(request).gettext("It is with your reporting officer. You get an e-mail.")
    return redirect(request, f"/practice/{practice_id}", flash=flash)


@router.post("/practice/{practice_id:uuid}/withdraw")
async def withdraw(
    request: Request, session: DbSession, practice_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Take it back while it waits."""
    claim = await queries.lock_own(session, practice_id, actor=actor)
    try:
        await service.withdraw(session, acting=actor, claim=claim)
    except ClaimSettled:
        await roll_back(session)
        says = texts(request).gettext("It was decided in the meantime.")
        return redirect(request, f"/practice/{practice_id}", flash=says, kind="attention")
    return redirect(request, f"/practice/{practice_id}", flash=texts(request).gettext("It is taken back."))


@router.post("/practice/{practice_id:uuid}/decision")
async def decide(
    request: Request, session: DbSession, practice_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Attest it, with a level for each competency, or say why not."""
    values, _ = await given(request), texts(request).gettext
    try:
        claim = await queries.lock_to_attest(session, practice_id, actor=actor)
        if values.get("decision") == "refuse":
            await service.refuse(session, acting=actor, claim=claim, words=values.get("words", ""))
        else:
            levels = {key: int(values[f"level-{key}"]) for key in claim.levels if _is_level(values, key)}
            words = values.get("words", "")
            await service.attest(session, acting=actor, claim=claim, levels=levels, words=words)
    except (BadClaim, ClaimSettled) as error:
        await roll_back(session)
        return await _page(request, session, actor, practice_id, values, _undecided(request, error))
    return redirect(
        request, f"/practice/{practice_id}", flash=_("Your decision is recorded. The person gets an e-mail.")
    )


def _is_level(values: Values, key: str) -> bool:
    return values.get(f"level-{key}", "") in {"0", "1", "2", "3", "4"}


def _undecided(request: Request, error: DomainError) -> Errors:
    _ = texts(request).gettext
    if isinstance(error, ClaimSettled):
        return {"": _("It was decided in the meantime.")}
    wrong: Errors = {}
    for fault in error.faults:
        _place, *rest = fault.pointer.strip("/").split("/")
        if rest:
            wrong[f"level-{rest[0]}"] = _("Choose a level, or that it was not shown.")
        elif _place == "words":
            wrong["words"] = _("Say what you base this on.")
        else:
            wrong[""] = _("Attest one competency at least, or choose not to attest.")
    return wrong


@router.post("/practice/{practice_id:uuid}/confirmations")
async def ask_contact(
    request: Request, session: DbSession, practice_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Ask a contact of the partner whether role, days and place are right."""
    values = await given(request)
    claim = await queries.lock_own(session, practice_id, actor=actor)
    try:
        contact = UUID(values.get("contact", ""))
        await service.ask_contact(session, acting=actor, claim=claim, contact_id=contact)
    except (ValueError, BadClaim):
        await roll_back(session)
        wrong = {"contact": texts(request).gettext("Choose a contact.")}
        return await _page(request, session, actor, practice_id, values, wrong)
    flash = texts(request).gettext("The contact is asked by e-mail.")
    return redirect(request, f"/practice/{practice_id}#confirmed", flash=flash)
