"""What pages say about target profiles: their words, why one holds, held against wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from lms.catalogue.domain import Basis, Reason, TargetProfile, Taxonomy, UnknownTag
from lms.catalogue.profiles import profile_of_post
from lms.catalogue.queries import get_profiles
from lms.kernel.access import Actor
from lms.kernel.http import DbSession
from lms.kernel.i18n import translator
from lms.people.queries import get_post_visible_to
from lms.web import words
from lms.web.charts import Bar
from lms.web.course_view import said


@dataclass(frozen=True, slots=True)
class Shown:
    """A profile that holds for someone, as pages name it; `why` is a sentence."""

    key: str
    name: Any
    says: Any
    why: str


def shown(held: tuple[TargetProfile, Reason], taxonomy: Taxonomy, reader: str) -> Shown:
    """A profile and why it holds, in the reader's language."""
    profile, reason = held
    why = why_it_holds(reason, taxonomy, reader)
    return Shown(profile.key, said(profile.name, reader), said(profile.says, reader), why)


def why_it_holds(reason: Reason, taxonomy: Taxonomy, reader: str) -> str:
    """The reason as one sentence."""
    _ = translator(reader).gettext
    role = words.roles(reader).get(reason.role or "", (reason.role, ""))[0]
    focus = _focus(taxonomy, reason.focus, reader)
    kind = words.kinds_of_personnel(reader).get(reason.kind_of_affiliation or "", reason.kind_of_affiliation)
    sentences = {
        Basis.POST: _("It was named for this post."),
        Basis.ROLE_AND_FOCUS: _(
            "It is the default for the role “%(role)s” where the focus is “%(focus)s”.",
            role=role,
            focus=focus,
        ),
        Basis.ROLE: _("It is the default for the role “%(role)s”.", role=role),
        Basis.FOCUS: _("It is the default where the entity’s focus is “%(focus)s”.", focus=focus),
        Basis.KIND: _("It is the default for this kind of personnel: %(kind)s.", kind=kind),
    }
    return sentences[reason.basis]


def _focus(taxonomy: Taxonomy, key: str | None, reader: str) -> str | None:
    try:
        return taxonomy.focus(key).name.for_reader(reader) if key else None
    except UnknownTag:
        return key


async def own_profile(
    request: Request, session: DbSession, actor: Actor, taxonomy: Taxonomy, held: Mapping[str, int]
) -> dict[str, Any] | None:
    """The actor's own profile and a bar for each competency it asks for; None where none holds."""
    post = await get_post_visible_to(session, actor.person_id, actor=actor)
    found = profile_of_post(await get_profiles(session), post)
    if found is None:
        return None
    reader = request.state.language
    bars = bars_of(found[0], taxonomy, held, reader)
    reached = sum((bar.value or 0) >= (bar.target or 0) for bar in bars)
    return {"shown": shown(found, taxonomy, reader), "bars": bars, "reached": reached}


def bars_of(profile: TargetProfile, taxonomy: Taxonomy, held: Mapping[str, int], reader: str) -> list[Bar]:
    """Held against wanted, in the order of the profile; each leads to the courses that teach it."""
    _ = translator(reader).gettext
    return [
        Bar(
            label=name_of(taxonomy, each.competency, reader),
            value=held.get(each.competency, 0),
            # Never "0": that nothing is recorded here does not say that the person cannot do it.
            shown=None
            if held.get(each.competency)
            else _("no record here; level %(level)s", level=each.level),
            target=each.level,
            href=f"/courses?competency={each.competency}",
        )
        for each in profile.requires
    ]


def name_of(taxonomy: Taxonomy, competency: str, reader: str) -> str:
    """A competency's name; its key when the taxonomy no longer has it."""
    try:
        return taxonomy.competency(competency).name.for_reader(reader)
    except UnknownTag:
        return competency


def requirements(profile: TargetProfile, taxonomy: Taxonomy, reader: str) -> list[dict[str, Any]]:
    """What a profile asks for: competency, level with its name and meaning, and why."""
    lines = []
    for each in profile.requires:
        try:
            competency = taxonomy.competency(each.competency)
            name, text = said(competency.name, reader), competency.levels.get(each.level)
        except UnknownTag:
            name, text = each.competency, None
        lines.append(
            {
                "key": each.competency,
                "name": name,
                "level": each.level,
                "level_name": said(taxonomy.level(each.level).name, reader),
                "means": said(text, reader) if text else "",
                "why": said(each.why, reader),
            }
        )
    return lines
