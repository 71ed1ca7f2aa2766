"""The page that a partner's contact opens from a letter: are role, days and place right, and nothing else.

Opening it answers nothing; whoever looks into mail by machine only reads.
"""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import roll_back
from lms.kernel.http import DbSession
from lms.people.domain import digest_of
from lms.practice.domain import CONFIRMED_FACTS, Answer, BadClaim, ConfirmationOver
from lms.practice.queries import by_secret
from lms.practice.service import confirm_facts
from lms.web.given import Errors, Values, given, texts
from lms.web.session import same_site, show, visitor

router = APIRouter()
Visitor = Annotated[Actor | None, Depends(visitor)]


@router.get("/confirm/{secret}")
async def facts(request: Request, session: DbSession, secret: str, _: Visitor) -> Response:
    """What is to be confirmed."""
    return await _page(request, session, secret, {}, {})


async def _page(
    request: Request, session: DbSession, secret: str, values: Values, errors: Errors
) -> Response:
    row: Any = None
    try:
        row = await by_secret(session, digest_of(secret))
        is_over = row.answered_at is not None or row.expires_at <= clock.now()
    except ConfirmationOver:
        is_over = True
    context = {
        "row": None if is_over else row,
        "is_answered": row is not None and row.answered_at is not None,
        "secret": secret,
        "values": values,
        "errors": errors,
    }
    status = 422 if errors else 410 if is_over else 200
    return show(request, "visitor/confirm.html", context, status=status)


@router.post("/confirm/{secret}")
async def confirm(request: Request, session: DbSession, secret: str, _: Visitor) -> Response:
    """Answer, once."""
    same_site(request)
    values = await given(request)
    known = {each.value for each in Answer}
    answers = {fact: Answer(values[fact]) for fact in CONFIRMED_FACTS if values.get(fact) in known}
    try:
        await confirm_facts(session, secret=secret, answers=answers)
    except BadClaim:
        await roll_back(session)
        says = texts(request).gettext("Choose an answer.")
        return await _page(
            request, session, secret, values, {f: says for f in CONFIRMED_FACTS if f not in answers}
        )
    except ConfirmationOver:
        await roll_back(session)
        return await _page(request, session, secret, {}, {})
    return show(request, "visitor/confirm.html", {"row": None, "is_answered": True, "errors": {}})
