"""The form of a need or an offer: what was written in it, and what it is chosen from."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy
from lms.joint_trainings.domain.exchange import NoticeKind
from lms.joint_trainings.queries.exchange import POSTS
from lms.joint_trainings.schemas.exchange import NeedCreate, NeedUpdate, OfferCreate, OfferUpdate
from lms.kernel.access import Actor
from lms.kernel.errors import DomainError
from lms.kernel.i18n import LANGUAGES
from lms.partners.queries import names_by_id
from lms.people.queries import entities_in_scope
from lms.web import exchange_words
from lms.web.course_view import language_choices, own_names, said
from lms.web.given import Errors, given, texts
from lms.web.given import said as error_said

_LISTS = ("languages", "skill_areas", "competencies", "focuses", "audiences")
_DAYS = ("from_on", "until_on", "stands_until")
_TEXTS = ("title", "words", "language", "audience_words", "setting", "place")
_OF_OFFERS = ("teachers", "in_return")


def _texts(kind: NoticeKind) -> tuple[str, ...]:
    return (*_TEXTS, *_OF_OFFERS) if kind is NoticeKind.OFFER else _TEXTS


async def read_form(request: Request) -> dict[str, Any]:
    """The form that was sent, lists as such."""
    form = await request.form()
    values: dict[str, Any] = {**await given(request)}
    return values | {name: [str(each) for each in form.getlist(name)] for name in _LISTS}


def _sent(kind: NoticeKind, values: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = {name: values[name] for name in _texts(kind) if name in values}
    sent |= {name: values.get(name) or None for name in (*_DAYS, "seats")}
    return sent | {name: values[name] for name in _LISTS}


def as_new(kind: NoticeKind, values: Mapping[str, Any]) -> NeedCreate | OfferCreate:
    """What the form writes; raises `ValidationError`."""
    owner, _, key = str(values.get("owner", "")).partition(":")
    sent = _sent(kind, values) | ({owner: key} if owner in ("entity", "partner") else {})
    return (NeedCreate if kind is NoticeKind.NEED else OfferCreate).model_validate(sent)


def as_change(kind: NoticeKind, values: Mapping[str, Any]) -> NeedUpdate | OfferUpdate:
    """What the form changes; raises `ValidationError`."""
    return (NeedUpdate if kind is NoticeKind.NEED else OfferUpdate).model_validate(_sent(kind, values))


def as_written(kind: NoticeKind, row: Any) -> dict[str, Any]:
    """A need or an offer as its form shows it."""
    names = (*_texts(kind), *_DAYS, "seats", "revision")
    values = {name: "" if getattr(row, name) is None else str(getattr(row, name)) for name in names}
    return values | {name: list(getattr(row, name)) for name in _LISTS}


def wrong_in(request: Request, error: ValidationError | DomainError) -> Errors:
    """What is wrong, field by field, in the reader's words."""
    words = exchange_words.wrong(request.state.language)
    if isinstance(error, ValidationError):
        other = texts(request).gettext("This is too long, or not of the kind asked for.")
        names = [str(each["loc"][0]) if each["loc"] else "" for each in error.errors()]
        return {_field(name): words.get(_field(name), other) for name in names}
    found = {name.partition("/")[0]: sentence for name, sentence in error_said(error).items()}
    return {_field(name): words.get(_field(name), sentence) for name, sentence in found.items()}


def _field(name: str) -> str:
    return "owner" if name in ("entity", "partner") else name


async def choices(request: Request, session: AsyncSession, actor: Actor, kind: NoticeKind) -> dict[str, Any]:
    """What the form offers."""
    language, taxonomy = request.state.language, await get_taxonomy(session)

    def named(tags: Any) -> list[tuple[str, Any]]:
        return [(each.key, said(each.name, language)) for each in tags]

    return {
        "owners": await owners(session, actor, kind),
        "languages_to_choose": language_choices(LANGUAGES, language),
        "own_languages": [(each, own_names([each])) for each in LANGUAGES],
        "skill_areas": named(taxonomy.skill_areas),
        "focuses": named(taxonomy.focuses),
        "audiences": named(taxonomy.audiences),
        "areas": [(said(area.name, language), named(area.competencies)) for area in taxonomy.skill_areas],
        "settings": list(exchange_words.settings(language).items()),
    }


async def owners(session: AsyncSession, actor: Actor, kind: NoticeKind) -> list[tuple[str, str]]:
    """Entities and partners for which the actor may post, as options."""
    entities = await entities_in_scope(session, actor=actor, permission=POSTS[kind])
    partners = await names_by_id(session, actor.partners(POSTS[kind]))
    return [(f"entity:{each.key}", each.name) for each in entities] + [
        (f"partner:{each.key}", each.name) for each in partners
    ]
