"""Pages of the partner register: the list, one partner, and the forms of those who keep it."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, File, Query, Request, Response, UploadFile
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Stale
from lms.kernel.http import DbSession
from lms.kernel.i18n import search_words
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.partners import queries, service
from lms.partners.domain.gate import Effort, Scope
from lms.partners.domain.register import OWN_FIELDS, AgreementKind, PartNotFound
from lms.partners.endpoints import file_answer, kept_file
from lms.partners.schemas import PartnerCreate, PartnerUpdate
from lms.partners.screening import is_clear
from lms.partners.screening_queries import is_in_circle
from lms.people.queries import entities_in_scope
from lms.web import partner_words
from lms.web.given import Errors, Values, day_in, given, require, said, texts
from lms.web.session import page_permit, redirect, show
from lms.web.templating import with_query

router = APIRouter()
PAGE = 50
_READ, _WRITE, _KEEP = Permission.PARTNERS_READ, Permission.PARTNERS_WRITE, Permission.PARTNERS_KEEP
_PROFILE = ("name", "kind", "sector", "country", "website", "about", "parent", "participation_id",
            "participation_status", "participation_since", "participation_checked_on", "committed_on",
            "commitment_reference")  # fmt: skip


def _words(request: Request) -> dict[str, Any]:
    language = request.state.language
    return {
        "kinds": partner_words.kinds(language),
        "sectors": partner_words.sectors(language),
        "countries": partner_words.countries(language),
        "participations": partner_words.participation(language),
        "agreement_kinds": partner_words.agreements(language),
    }


@router.get("/partners")
async def list_partners(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_READ),
    q: Annotated[str, Query(max_length=200)] = "",
    sector: Annotated[str, Query(max_length=50)] = "",
    country: Annotated[str, Query(max_length=2)] = "",
    participation: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """Partners in name order."""
    filters: dict[str, str | None] = {
        "sector": sector,
        "country": country,
        "participation_status": participation,
    }
    asked, words = {"q": q, **filters}, search_words(q)
    after = decode_cursor(cursor, filters=asked, parts=(str, UUID))
    rows = (
        await queries.list_partners(
            session, actor=actor, words=words, filters=filters, after=after, limit=PAGE + 1
        )
        if words or not q
        else []
    )
    shown = rows[:PAGE]
    last = shown[-1] if len(rows) > PAGE else None
    values = {"q": q, "sector": sector, "country": country, "participation": participation}
    context = {
        **_words(request),
        "rows": shown,
        "values": values,
        "filtered": any(values.values()),
        "may_keep": bool(actor.paths(_KEEP)),
        "may_name": bool(actor.paths(Permission.SCREENING_NAME)),
        "may_import": bool(actor.paths(Permission.PARTNERS_IMPORT)),
        "address": with_query("/partners", **{name: value or None for name, value in values.items()}),
        "next_cursor": encode_cursor([last.sort_key, last.id], filters=asked) if last else None,
        "is_first": cursor is None,
    }
    return show(request, "partners/list.html", context)


# -- profiles ----------------------------------------------------------------------------------------------


@router.get("/partners/new")
async def new_partner(request: Request, actor: Actor = page_permit(_KEEP)) -> Response:
    """The form by which a partner comes into the register."""
    return _form(request, actor, None, {"kind": "company"}, {})


def _form(
    request: Request, actor: Actor, partner: Any, values: Mapping[str, Any], errors: Errors
) -> Response:
    context = {
        **_words(request),
        "partner": partner,
        "values": values,
        "errors": errors,
        "may_keep": bool(actor.paths(_KEEP)),
    }
    return show(request, "partners/edit.html", context, status=422 if errors else 200)


@router.post("/partners/new")
async def create(request: Request, session: DbSession, actor: Actor = page_permit(_KEEP)) -> Response:
    """Put the partner in the register."""
    values = await given(request)
    sent = {name: values[name] for name in _PROFILE if values.get(name)}
    try:
        new = PartnerCreate.model_validate(sent)
        plain = new.model_dump(mode="python", exclude={"key", "parent"}, exclude_unset=True)
        partner = await service.create_partner(
            session,
            acting=actor,
            parent=new.parent,
            values={n: getattr(v, "value", v) for n, v in plain.items()},
        )
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return _form(request, actor, None, values, wrong_fields(request, error))
    flash = texts(request).gettext("The partner is in the register.")
    return redirect(request, f"/partners/{partner.key}", flash=flash)


def wrong_fields(request: Request, error: ValidationError | DomainError) -> Errors:
    """What a form says: the schema's fields in the reader's words, else what the use case says of a field."""
    if isinstance(error, DomainError):
        return said(error)
    _ = texts(request).gettext
    words = {
        "name": _("Give the name."),
        "website": _("Write the whole address, beginning with https://."),
        "parent": _("Give the key of a partner in the register."),
    }
    day = _("Write the day as year, month and day: 2026-11-23.")
    fields = [str(each["loc"][0]) if each["loc"] else "" for each in error.errors()]
    other = _("This is too long, or not of the kind asked for.")
    return {name: words.get(name, day if name.endswith(("_on", "_since")) else other) for name in fields}


@router.get("/partners/{key}/edit")
async def edit_page(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_WRITE)
) -> Response:
    """The profile as a form; a partner's own coordinator finds their part of it."""
    row = await queries.get_partner(session, key, actor=actor, permission=_WRITE)
    values = {name: getattr(row, name) or "" for name in _PROFILE} | {"revision": str(row.revision)}
    return _form(request, actor, row, values, {})


@router.post("/partners/{key}/edit")
async def edit(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_WRITE)
) -> Response:
    """Change the profile, unless somebody else has changed it meanwhile."""
    values = await given(request)
    row = await queries.get_partner(session, key, actor=actor, permission=_WRITE)
    names = _PROFILE if actor.paths(_KEEP) else tuple(OWN_FIELDS)
    try:
        partner = await queries.lock_partner(session, key, actor=actor, permission=_WRITE)
        if values.get("revision") != str(partner.revision):
            raise Stale(texts(request).gettext("Somebody changed this partner meanwhile. Open it again."))
        change = PartnerUpdate.model_validate({name: values.get(name) or None for name in names})
        plain = {n: getattr(v, "value", v) for n, v in change.model_dump(exclude_unset=True).items()}
        await service.change_partner(session, acting=actor, partner=partner, values=plain)
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        wrong = wrong_fields(request, error)
        if "" in wrong and not values.get("name"):
            wrong = {"name": texts(request).gettext("Give the name.")}
        return _form(request, actor, row, values, wrong)
    return redirect(request, f"/partners/{key}", flash=texts(request).gettext("The profile is changed."))


@router.get("/partners/{key}")
async def partner_page(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_READ)
) -> Response:
    """One partner."""
    return await partner_view(request, session, actor, key, {}, {})


async def partner_view(
    request: Request, session: AsyncSession, actor: Actor, key: str, values: Values, errors: Errors
) -> Response:
    row = await queries.get_partner(session, key, actor=actor)
    is_inside = bool(actor.paths(_READ))
    appoints = actor.may(_KEEP, "/")
    host = (
        actor.entity_key if is_inside and actor.entity_path and actor.may(_READ, actor.entity_path) else None
    )
    clear = host and await is_clear(
        session, actor=actor, key=key, entity=host, scope=Scope.JOINT_TRAINING, effort=Effort.FULL
    )
    context = {
        **_words(request),
        "host": host,
        "is_clear": clear,
        "may_screen": host and await is_in_circle(session, actor, actor.entity_path or "/"),
        "partner": row,
        "members": await queries.members_of(session, row.id) if is_inside else [],
        "contacts": await queries.contacts_of(session, row.id),
        "agreements": await queries.agreements_of(session, row.id),
        "coordinators": await queries.coordinators_of(session, row.id) if appoints else [],
        "values": values,
        "errors": errors,
        "is_inside": is_inside,
        "opens": lambda path: not is_inside or actor.may(_READ, path),
        "may_write": actor.may(_WRITE),
        "may_keep": bool(actor.paths(_KEEP)),
        "may_appoint": appoints,
        "may_invite": actor.may(Permission.PARTNER_PEOPLE_INVITE),
        "has_people": row.id in actor.partners(Permission.PARTNER_PEOPLE_INVITE),
    }
    return show(request, "partners/partner.html", context, status=422 if errors else 200)


@router.get("/partners/{key}/changes")
async def changes(
    request: Request,
    session: DbSession,
    key: str,
    actor: Actor = page_permit(_KEEP),
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """What changed at a partner, the latest first."""
    row = await queries.get_partner(session, key, actor=actor, permission=_KEEP)
    asked = {"partner": key}
    rows = await queries.changes_of(
        session, row.id, after=decode_cursor(cursor, filters=asked, parts=(UUID,)), limit=PAGE + 1
    )
    shown = rows[:PAGE]
    context = {
        "partner": row,
        "rows": shown,
        "next_cursor": encode_cursor([shown[-1].id], filters=asked) if len(rows) > PAGE else None,
        "is_first": cursor is None,
    }
    return show(request, "partners/changes.html", context)


# -- agreements --------------------------------------------------------------------------------------------


@router.get("/partners/{key}/agreements/new")
async def agreement_page(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_KEEP)
) -> Response:
    """The form by which an agreement is recorded."""
    return await _agreement_form(request, session, actor, key, {"entity": actor.entity_key or ""}, {})


async def _agreement_form(
    request: Request, session: AsyncSession, actor: Actor, key: str, values: Values, errors: Errors
) -> Response:
    entities = await entities_in_scope(session, actor=actor, permission=_KEEP)
    context = {
        **_words(request),
        "partner": await queries.get_partner(session, key, actor=actor, permission=_KEEP),
        "entities": [(each.key, each.name) for each in entities],
        "values": values,
        "errors": errors,
    }
    return show(request, "partners/agreement.html", context, status=422 if errors else 200)


@router.post("/partners/{key}/agreements/new")
async def add_agreement(
    request: Request,
    session: DbSession,
    key: str,
    actor: Actor = page_permit(_KEEP),
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Record it, with its document."""
    values, errors = await given(request), Errors()
    new = _agreement(request, values, errors)
    if new is not None:
        try:
            async with kept_file(request, file) as kept:
                await service.add_agreement(session, acting=actor, key=key, new=new, file=kept)
        except DomainError as error:
            await roll_back(session)
            errors = said(error)
    if errors:
        return await _agreement_form(request, session, actor, key, values, errors)
    flash = texts(request).gettext("The agreement is recorded.")
    return redirect(request, f"/partners/{key}#agreements", flash=flash)


def _agreement(request: Request, values: Values, errors: Errors) -> service.NewAgreement | None:
    _ = texts(request).gettext
    sentences = {
        "entity": _("Choose the entity."),
        "kind": _("Choose what kind of agreement it is."),
        "version": _("Say which version was signed."),
        "signed_on": _("Give the day on which it was signed."),
    }
    require(values, errors, sentences)
    if values.get("kind") not in set(AgreementKind):
        errors.setdefault("kind", sentences["kind"])
    signed, until = (day_in(values, name, errors, texts(request)) for name in ("signed_on", "until_on"))
    if errors or signed is None:
        return None
    kind = AgreementKind(values["kind"])
    managed_by = values.get("managed_by") or None
    return service.NewAgreement(values["entity"], kind, values["version"][:50], signed, until, managed_by)


@router.get("/partners/{key}/agreements/{agreement_id:uuid}/file")
async def document(
    request: Request, session: DbSession, key: str, agreement_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """An agreement's document, always as a download."""
    try:
        return await file_answer(request, session, key, agreement_id, actor)
    except PartNotFound:
        raise PartNotFound(
            texts(request).gettext("This document is not kept here, or not for you.")
        ) from None
