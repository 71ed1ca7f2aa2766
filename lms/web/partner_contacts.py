"""Forms of a partner's page: whom one speaks to there, and who coordinates the partner's part."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError, Stale
from lms.kernel.http import DbSession
from lms.partners import queries, service
from lms.partners.schemas import ContactCreate
from lms.web.given import Errors, Values, given, said, texts
from lms.web.partners import partner_view, wrong_fields
from lms.web.session import page_permit, redirect, show

router = APIRouter()
_KEEP = Permission.PARTNERS_KEEP


@router.post("/partners/{key}/contacts")
async def add_contact(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_KEEP)
) -> Response:
    """Keep whom one speaks to."""
    values = await given(request)
    sent = {name: values[name] for name in service.CONTACT_FIELDS if values.get(name)}
    try:
        new = ContactCreate.model_validate(sent)
        await service.add_contact(session, acting=actor, key=key, values=new.model_dump(exclude_none=True))
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        return await partner_view(request, session, actor, key, values, wrong_fields(request, error))
    return redirect(
        request, f"/partners/{key}#contacts", flash=texts(request).gettext("The contact is kept.")
    )


@router.post("/partners/{key}/contacts/{contact_id:uuid}/remove")
async def remove_contact(
    request: Request, session: DbSession, key: str, contact_id: UUID, actor: Actor = page_permit(_KEEP)
) -> Response:
    """Somebody is no longer spoken to."""
    await service.remove_contact(session, acting=actor, key=key, contact_id=contact_id)
    return redirect(
        request, f"/partners/{key}#contacts", flash=texts(request).gettext("The contact is removed.")
    )


@router.get("/partners/{key}/contacts/{contact_id:uuid}/edit")
async def contact_page(
    request: Request, session: DbSession, key: str, contact_id: UUID, actor: Actor = page_permit(_KEEP)
) -> Response:
    """The form by which what is known of a contact changes."""
    partner = await queries.get_partner(session, key, actor=actor, permission=_KEEP)
    row = await queries.get_contact(session, partner.id, contact_id)
    values = {name: getattr(row, name) or "" for name in service.CONTACT_FIELDS}
    return await _contact_form(request, session, actor, key, values | {"revision": str(row.revision)}, {})


async def _contact_form(
    request: Request, session: AsyncSession, actor: Actor, key: str, values: Values, errors: Errors
) -> Response:
    partner = await queries.get_partner(session, key, actor=actor, permission=_KEEP)
    context = {"partner": partner, "values": values, "errors": errors, "here": request.url.path}
    return show(request, "partners/contact.html", context, status=422 if errors else 200)


@router.post("/partners/{key}/contacts/{contact_id:uuid}/edit")
async def change_contact(
    request: Request, session: DbSession, key: str, contact_id: UUID, actor: Actor = page_permit(_KEEP)
) -> Response:
    """Change it, unless somebody else has changed it meanwhile."""
    values = await given(request)
    sent = {name: values[name] for name in service.CONTACT_FIELDS if values.get(name)}
    try:
        contact = await service.get_contact_for_change(session, key, contact_id, acting=actor)
        if values.get("revision") != str(contact.revision):
            raise Stale(texts(request).gettext("Somebody changed this contact meanwhile. Open it again."))
        new = ContactCreate.model_validate(sent)
        await service.change_contact(session, acting=actor, contact=contact, values=new.model_dump())
    except (ValidationError, Stale) as error:
        await roll_back(session)
        return await _contact_form(request, session, actor, key, values, wrong_fields(request, error))
    flash = texts(request).gettext("The contact is changed.")
    return redirect(request, f"/partners/{key}#contacts", flash=flash)


@router.post("/partners/{key}/coordinators")
async def appoint(
    request: Request, session: DbSession, key: str, actor: Actor = page_permit(_KEEP)
) -> Response:
    """Have a person of the partner see and correct its profile."""
    values = await given(request)
    try:
        await service.appoint_coordinator(session, acting=actor, key=key, email=values.get("person", ""))
    except DomainError as error:
        await roll_back(session)
        wrong = {"person": texts(request).gettext("There is no such person, or you may not appoint them.")}
        return await partner_view(
            request,
            session,
            actor,
            key,
            values,
            wrong if error.status != 404 or error.faults else said(error),
        )
    flash = texts(request).gettext("The person sees and corrects the profile, from their next click on.")
    return redirect(request, f"/partners/{key}#coordinators", flash=flash)


@router.post("/partners/{key}/coordinators/{grant_id:uuid}/remove")
async def dismiss(
    request: Request, session: DbSession, key: str, grant_id: UUID, actor: Actor = page_permit(_KEEP)
) -> Response:
    """Take the role back."""
    await service.dismiss_coordinator(session, acting=actor, key=key, grant_id=grant_id)
    flash = texts(request).gettext("The role is taken back, from the person's next click on.")
    return redirect(request, f"/partners/{key}#coordinators", flash=flash)
