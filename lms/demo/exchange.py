"""The demo's needs and offers, and two of them that the coordinator has introduced."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction
from lms.joint_trainings.domain.exchange import Act, Notice, NoticeKind, notice_from
from lms.joint_trainings.models.exchange import ExchangeNotice
from lms.joint_trainings.service import exchange, introductions
from lms.kernel import clock
from lms.kernel.database import Database, table_of
from lms.people.models import Entity, Person, RoleGrant
from lms.people.queries import get_actor
from lms.settings import Settings

EXCHANGE = Path(__file__).parent / "exchange.yaml"
persons, entities, notices = table_of(Person), table_of(Entity), table_of(ExchangeNotice)
_DAYS = {"from": "from_on", "until": "until_on", "stands": "stands_until"}


async def make_exchange(database: Database, settings: Settings) -> None:
    """Post them all and introduce the first two; a second time, or without the demo's partners, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(EXCHANGE.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        asked = {each["by"] for each in (*given["needs"], *given["offers"])}
        if not asked <= set(people) or await session.scalar(select(notices.c.id).limit(1)) is not None:
            return
        await _appoint(session, given["focal_points"], people)
        needs = [await _post(session, NoticeKind.NEED, each, people) for each in given["needs"]]
        offers = [await _post(session, NoticeKind.OFFER, each, people) for each in given["offers"]]
        said = given["introduced"]
        acting = await get_actor(session, people[said["by"]])
        await introductions.introduce(
            session, acting=acting, need_id=needs[0], offer_id=offers[0], words=said["words"]
        )


async def _appoint(session: AsyncSession, given: list[dict[str, str]], people: dict[str, UUID]) -> None:
    for each in given:
        entity = await session.scalar(select(entities.c.id).where(entities.c.key == each["entity"]))
        session.add(RoleGrant(person_id=people[each["email"]], role="focal_point", entity_id=entity))
    await session.flush()


async def _post(
    session: AsyncSession, kind: NoticeKind, each: dict[str, Any], people: dict[str, UUID]
) -> UUID:
    acting = await get_actor(session, people[each["by"]])
    said: dict[str, Any] = asdict(Notice(title=""))
    said |= {_DAYS.get(name, name): value for name, value in each.items()}
    for name in _DAYS.values():
        said[name] = clock.today() + timedelta(days=said[name])
    owner = exchange.Owner(each.get("entity"), each.get("partner"))
    row = await exchange.write(session, acting=acting, kind=kind, owner=owner, notice=notice_from(said))
    await exchange.act(session, acting=acting, row=row, what=Act.POST)
    return row.id
