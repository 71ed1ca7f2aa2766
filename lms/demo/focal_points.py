"""The demo's focal points: profiles, exchanges, a session that became a working group, and one to come."""

from datetime import date, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction
from lms.focal_points import groups, service, sessions
from lms.focal_points.domain import ExchangeKind
from lms.focal_points.models import FocalPointProfile
from lms.focal_points.service import NewExchange
from lms.focal_points.sessions import NewSession
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.people.domain import Role
from lms.people.models import Entity, Person, RoleGrant
from lms.people.queries import get_actor
from lms.settings import Settings

FOCAL_POINTS = Path(__file__).parent / "focal_points.yaml"
persons, entities, profiles = table_of(Person), table_of(Entity), table_of(FocalPointProfile)


async def make_focal_points(database: Database, settings: Settings) -> None:
    """Have the demo's focal points meet. A second time, or without its office and partners, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(FOCAL_POINTS.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        done = await session.scalar(select(profiles.c.person_id).limit(1))
        if done is not None or any(each["email"] not in people for each in given["focal_points"]):
            return
        made = _FocalPoints(session, people)
        for each in given["focal_points"]:
            await made.focal_point(each)
        for each in given["sessions"]:
            await made.meet(each)


def _day(days: int) -> date:
    return clock.today() + timedelta(days=days)


class _FocalPoints:
    """Made by the people themselves, through what their own clicks go through."""

    def __init__(self, session: AsyncSession, people: dict[str, UUID]) -> None:
        self.session, self.people = session, people

    async def _actor(self, email: str) -> Actor:
        return await get_actor(self.session, self.people[email])

    async def focal_point(self, given: dict[str, Any]) -> None:
        """The role, where it is not held yet, the profile, and exchanges."""
        person_id = self.people[given["email"]]
        if "entity" in given:
            entity = await self.session.scalar(select(entities.c.id).where(entities.c.key == given["entity"]))
            self.session.add(RoleGrant(person_id=person_id, role=Role.FOCAL_POINT.value, entity_id=entity))
            await self.session.flush()
        acting = await self._actor(given["email"])
        profile = await service.lock_profile(self.session, acting=acting)
        values = {
            "share_percent": given["share"],
            "background": given["background"],
            "sponsor": given.get("sponsor"),
            "head_supports": given.get("supports"),
            "support_words": given.get("words"),
            "languages": given["languages"],
            "topics": given["topics"],
            "shown_to_partners": given["shown"],
            "wants_sessions": given["mails"],
        }
        await service.change_profile(self.session, acting=acting, profile=profile, values=values)
        for each in given.get("exchanges", ()):
            await self._exchange(acting, each)

    async def _exchange(self, acting: Actor, given: dict[str, Any]) -> None:
        days = _day(given["from"]), _day(given["until"])
        new = NewExchange(
            ExchangeKind(given["kind"]), given["partner"], *days, given["learned"], given["both"]
        )
        await service.record_exchange(self.session, acting=acting, new=new)

    async def meet(self, given: dict[str, Any], group_id: UUID | None = None) -> None:
        """A session as it was announced a week before its day, and what came of it."""
        host = await self._actor(given["host"])
        before = clock.now() + timedelta(days=given["days"] - 7) if given["days"] < 0 else None
        made = await sessions.announce(self.session, acting=host, new=_session(given, group_id), now=before)
        for email in given["joined"]:
            await sessions.join(self.session, acting=await self._actor(email), session_id=made, now=before)
        if "notes" in given:
            came = [self.people[each] for each in given["came"]]
            await sessions.note(self.session, acting=host, session_id=made, notes=given["notes"], came=came)
        if "group" in given:
            await self._carry_on(host, made, given)

    async def _carry_on(self, host: Actor, session_id: UUID, given: dict[str, Any]) -> None:
        group = given["group"]
        words = {"title": group["title"], "purpose": group["purpose"]}
        made = await groups.carry_on(self.session, acting=host, session_id=session_id, **words)
        same = {name: given[name] for name in ("topic", "host", "language", "link")}
        await self.meet({**same, **group["meeting"]}, made)


def _session(given: dict[str, Any], group_id: UUID | None) -> NewSession:
    return NewSession(
        title=given["title"],
        topic=given["topic"],
        local_date=_day(given["days"]),
        local_time=time.fromisoformat(given["at"]),
        time_zone=given["zone"],
        minutes=given["minutes"],
        language=given["language"],
        link=given["link"],
        group_id=group_id,
    )
