"""The form of a joint training: what was written in it, and what it is chosen from."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy, titles_on_offer
from lms.joint_trainings.schemas.trainings import TrainingCreate, TrainingUpdate
from lms.kernel.access import Actor, Permission
from lms.kernel.i18n import LANGUAGES
from lms.partners.queries import names_by_id
from lms.people.queries import entities_in_scope, list_entities
from lms.web.course_view import language_choices, own_names, said
from lms.web.given import Errors, given, texts

_LISTS = ("languages", "focuses", "competencies")
_TICKS = ("every_session", "name_or_emblem", "is_recorded", "experts_only")
_OFFERED = ("languages_to_choose", "own_languages", "focuses", "competencies_to_choose", "courses")
_TEXTS = ("title", "aim", "language", "course", "starts_on", "ends_on", "minutes", "attended_percent")


async def read_form(request: Request) -> dict[str, Any]:
    """The form that was sent, lists and ticks as such."""
    form = await request.form()
    values: dict[str, Any] = {**await given(request)}
    values |= {name: [str(each) for each in form.getlist(name)] for name in _LISTS}
    return values | {name: bool(values.get(name)) for name in _TICKS}


def _sent(values: Mapping[str, Any]) -> dict[str, Any]:
    """What was written, as the API takes it: an empty field is not there, or null."""
    sent = {name: values.get(name) or None for name in _TEXTS}
    for name in ("aim", "minutes", "attended_percent"):
        if sent[name] is None:
            del sent[name]
    return sent | {name: values[name] for name in (*_LISTS, *_TICKS)}


def as_proposal(values: Mapping[str, Any]) -> TrainingCreate:
    """The proposal that the form makes; raises `ValidationError`."""
    kind, _, key = str(values.get("host", "")).partition(":")
    hosts = [{kind: key}] if kind in ("entity", "partner") else []
    hosts += [{"entity": values["with_entity"]}] if values.get("with_entity") else []
    hosts += [{"partner": values["with_partner"]}] if values.get("with_partner") else []
    return TrainingCreate.model_validate(_sent(values) | {"hosts": hosts})


def as_change(values: Mapping[str, Any]) -> TrainingUpdate:
    """The change that the form makes; raises `ValidationError`."""
    return TrainingUpdate.model_validate(_sent(values))


def as_written(row: Any) -> dict[str, Any]:
    """A training as its form shows it."""
    values = {name: "" if getattr(row, name) is None else str(getattr(row, name)) for name in _TEXTS}
    return (
        values
        | {name: list(getattr(row, name)) for name in _LISTS}
        | {name: getattr(row, name) for name in _TICKS}
        | {"revision": str(row.revision)}
    )


def wrong_in(request: Request, error: ValidationError) -> Errors:
    """A schema's faults in the reader's words."""
    _ = texts(request).gettext
    words = {
        "title": _("Give a title."),
        "hosts": _("Choose for whom you propose it, and with whom."),
        "languages": _("Choose at least one language."),
        "starts_on": _("Write the day as year, month and day: 2026-11-23."),
        "ends_on": _("Write the day as year, month and day: 2026-11-23."),
        "minutes": _("Write a number of minutes."),
        "attended_percent": _("Write a share from 1 to 100."),
    }
    other = _("This is too long, or not of the kind asked for.")
    return {str(each["loc"][0]): words.get(str(each["loc"][0]), other) for each in error.errors()}


def now_beside(
    request: Request, offered: Mapping[str, Any], typed: Mapping[str, Any], now: Mapping[str, Any]
) -> Errors:
    """What is on record, by each field where it is not what was typed: somebody else changed one of the two."""
    _ = texts(request).gettext
    labels: dict[str, str] = {key: label for name in _OFFERED for key, label, *_more in offered[name]}

    def words(value: Any) -> str:
        if isinstance(value, bool):
            return str(_("yes") if value else _("no"))
        each = value if isinstance(value, list) else [value]
        return ", ".join(str(labels.get(one, one)) for one in each if one) or str(_("nothing"))

    differ = [name for name in (*_TEXTS, *_LISTS, *_TICKS) if (typed.get(name) or "") != (now[name] or "")]
    return {name: _("On record now: %(words)s", words=words(now[name])) for name in differ}


async def choices(request: Request, session: AsyncSession, actor: Actor) -> dict[str, Any]:
    """What the form offers."""
    language, taxonomy = request.state.language, await get_taxonomy(session)
    return {
        "own_hosts": await own_hosts(session, actor),
        "entities": [(each.key, each.name) for each in await list_entities(session)],
        "languages_to_choose": language_choices(LANGUAGES, language),
        "own_languages": [(each, own_names([each])) for each in LANGUAGES],
        "focuses": [(each.key, said(each.name, language)) for each in taxonomy.focuses],
        "competencies_to_choose": [
            (each.key, said(each.name, language), said(area.name, language))
            for area in taxonomy.skill_areas
            for each in area.competencies
        ],
        "courses": [(each.key, each.title) for each in await titles_on_offer(session, language=language)],
    }


async def own_hosts(session: AsyncSession, actor: Actor) -> list[tuple[str, str]]:
    """Entities and partners for which the actor may propose, as options."""
    permission = Permission.TRAININGS_HOST
    entities = await entities_in_scope(session, actor=actor, permission=permission)
    partners = await names_by_id(session, actor.partners(permission))
    return [(f"entity:{each.key}", each.name) for each in entities] + [
        (f"partner:{each.key}", each.name) for each in partners
    ]
