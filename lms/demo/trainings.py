"""The demo's joint trainings: one published, one that the gate stops, one that waits for the legal office."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction
from lms.joint_trainings.agreement_texts import standard
from lms.joint_trainings.domain.checklist import Answer, Item
from lms.joint_trainings.domain.costs import CostKind, ForWhom, NewCost
from lms.joint_trainings.domain.indicators import Indicator
from lms.joint_trainings.domain.signing import NewAuthority
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.domain.trainings import HostRef, Proposal, Terms
from lms.joint_trainings.models.signing import SigningAuthority
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.policies import policy_for
from lms.joint_trainings.service import agreements, costs, ex_ante, indicators, moves, signing, trainings
from lms.joint_trainings.service.checklist import answer_item
from lms.joint_trainings.service.papers import papers_of
from lms.joint_trainings.service.parts import all_hosts
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.people.models import Person
from lms.people.queries import get_actor
from lms.settings import Settings

TRAININGS = Path(__file__).parent / "trainings.yaml"
ENTITY, SIGNS = "uneo-africa", "senior@demo.example"
persons, authorities = table_of(Person), table_of(SigningAuthority)


async def make_trainings(database: Database, settings: Settings) -> None:
    """Make them all; a second time, or without the demo's office and partners, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(TRAININGS.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        asked = {given[name] for name in ("manager", "coordinator", "legal")} | {SIGNS}
        if not asked <= set(people) or await session.scalar(select(authorities.c.id).limit(1)) is not None:
            return
        hands = {name: await get_actor(session, people[given[name]]) for name in ("coordinator", "legal")}
        hands |= {"manager": await get_actor(session, people[given["manager"]])}
        hands |= {"senior": await get_actor(session, people[SIGNS])}
        made = _Trainings(session, given, hands)
        await made.allow()
        for each in given["trainings"]:
            await made.make(each)


class _Trainings:
    """Made by the people who would make them, through the use cases that their own clicks go through."""

    def __init__(self, session: AsyncSession, given: dict[str, Any], hands: dict[str, Actor]) -> None:
        self.session, self.given, self.hands = session, given, hands

    async def allow(self) -> None:
        """The standard agreement cleared, and who may sign."""
        now = standard(policy_for([]).standard_text)
        legal = self.hands["legal"]
        await agreements.clear_standard(self.session, acting=legal, entity="uneo", digest=now.digest)
        for each in self.given["authorities"]:
            limit = each.get("limit")
            new = NewAuthority(
                each["person"],
                each["source"],
                clock.today() - timedelta(days=60),
                clock.today() + timedelta(days=300),
                entity=each.get("entity"),
                partner=each.get("partner"),
                limit_amount=Decimal(limit) if limit else None,
                limit_currency=each.get("currency"),
            )
            await signing.record_authority(self.session, acting=self.hands[each["by"]], new=new)

    async def make(self, each: dict[str, Any]) -> None:
        """One training, brought as far as it goes."""
        training = await self._propose(each)
        if each["to"] == "draft":
            return
        hosts = await all_hosts(self.session, training.id)
        await trainings.accept(
            self.session, acting=self.hands["coordinator"], training=training, host_id=hosts[1].id
        )
        await self._assess(training)
        await self._go(training, TrainingState.ASSESSED)
        await self._write(training, each, [host.id for host in hosts])
        if each["to"] == "published":
            await self._sign(training, [host.id for host in hosts])
            for to in (TrainingState.AGREED, TrainingState.PUBLISHED):
                await self._go(training, to)
        await self.session.flush()

    async def _propose(self, each: dict[str, Any]) -> JointTraining:
        terms = Terms(
            each["title"],
            each["aim"],
            "en",
            ("en", "fr"),
            competencies=tuple(each["competencies"]),
            course="legal-foundations",
            starts_on=clock.today() + timedelta(days=each["days"]),
            minutes=each["minutes"],
        )
        hosts = (HostRef(entity=ENTITY), HostRef(partner=each.get("partner", self.given["partner"])))
        return await trainings.propose(
            self.session, acting=self.hands["manager"], proposal=Proposal(terms, hosts)
        )

    async def _assess(self, training: JointTraining) -> None:
        for side, who in (("un", "manager"), ("partner", "coordinator")):
            await ex_ante.assess(
                self.session,
                acting=self.hands[who],
                training=training,
                answers=self.given["answers"][side],
            )

    async def _go(self, training: JointTraining, to: TrainingState) -> None:
        await self.session.flush()
        await moves.move(self.session, acting=self.hands["manager"], training=training, to=to)

    async def _write(self, training: JointTraining, each: dict[str, Any], hosts: list[UUID]) -> None:
        """Indicator, checklist, costs, and a clause in other words."""
        manager, said = self.hands["manager"], self.given["indicator"]
        indicator = Indicator(
            said["name"],
            said["unit"],
            Decimal(said["baseline"]),
            Decimal(said["target"]),
            said["verification"],
            clock.today() + timedelta(days=said["days"]),
        )
        await indicators.add_indicator(self.session, acting=manager, training=training, indicator=indicator)
        for item in Item:
            is_aside = item in (Item.NAME_AND_EMBLEM, Item.RECORDING)
            answer = Answer.NOT_APPLICABLE if is_aside else Answer.YES
            await answer_item(self.session, acting=manager, training=training, item=item, answer=answer)
        for line in each.get("costs", ()):
            await self._cost(training, line, hosts)
        if "clause" in each:
            told = each["clause"]
            await agreements.change_clause(
                self.session, acting=manager, training=training, key=told["key"], words=told["text"]
            )
            await self.session.flush()
            await agreements.ask_clearance(self.session, acting=manager, training=training)

    async def _cost(self, training: JointTraining, line: dict[str, Any], hosts: list[UUID]) -> None:
        is_partner = line["host"] == "partner"
        new = NewCost(
            hosts[1] if is_partner else hosts[0],
            CostKind(line["kind"]),
            ForWhom(line["for_whom"]),
            line["what"],
            line["is_cash"],
            Decimal(line["amount"]),
            line["currency"],
            line["basis"],
        )
        acting = self.hands["coordinator" if is_partner else "manager"]
        await costs.add_cost(self.session, acting=acting, training=training, new=new)

    async def _sign(self, training: JointTraining, hosts: list[UUID]) -> None:
        await self.session.flush()
        papers = await papers_of(self.session, training, await all_hosts(self.session, training.id))
        for host_id, who in zip(hosts, ("senior", "coordinator"), strict=True):
            await signing.sign(
                self.session,
                acting=self.hands[who],
                training_id=training.id,
                host_id=host_id,
                digest=papers.digest,
            )
