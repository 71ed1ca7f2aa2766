"""The demo's partners: one that passes the gate, and one for each reason why another does not."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.demo.organisation import NoDemoInProduction, read_accounts, write_accounts
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.kernel.i18n import sort_key
from lms.partners import inviting, screening, service
from lms.partners.domain.gate import Effort, Rule, Scope
from lms.partners.domain.register import AgreementKind
from lms.partners.domain.screening import FactKind
from lms.partners.domain.warnings import Category, SourceKind, StepKind
from lms.partners.models import Partner
from lms.people.domain import AffiliationKind, email_key
from lms.people.invitations.service import accept_with_password, make_link
from lms.people.models import Affiliation, Entity, Person, RoleGrant
from lms.people.queries import get_actor
from lms.people.search import person_words
from lms.people.service import new_password, set_password
from lms.settings import Settings

PARTNERS = Path(__file__).parent / "partners.yaml"
ENTITY, KEEPER, DECIDES, SECOND = (
    "uneo",
    "admin@demo.example",
    "k.lindgren@demo.example",
    "m.tanaka@demo.example",
)
persons, entities, partners = table_of(Person), table_of(Entity), table_of(Partner)
_PROFILE = (
    "name",
    "kind",
    "sector",
    "country",
    "website",
    "about",
    "participation_status",
    "participation_id",
)


async def make_partners(database: Database, settings: Settings) -> list[dict[str, str]]:
    """Fill the demo's register; all of the demo's sign-ins. A second time, or without its office, nothing happens."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(PARTNERS.read_text(encoding="utf-8"))
    made: list[dict[str, str]] = []
    async with database.transaction() as session:
        people = {row.email: row.id for row in await session.execute(select(persons.c.email, persons.c.id))}
        there = select(partners.c.id).where(partners.c.key == given["partners"][0]["key"])
        if DECIDES not in people or await session.scalar(there) is not None:
            return read_accounts(settings)
        register = _Register(session, people)
        await register.fill(given)
        for role, email in (
            ("screening_officer", DECIDES),
            ("partner_coordinator", given["coordinator"]["email"]),
        ):
            password = new_password()
            await set_password(session, person_id=register.people[email], password=password)
            made.append({"role": role, "email": email, "password": password, "entity": ENTITY})
    accounts = [*read_accounts(settings), *made]
    write_accounts(settings, accounts)
    return accounts


def _day(days: int) -> date:
    return clock.today() + timedelta(days=days)


class _Register:
    """Made by the people who would make it, one partner after the other."""

    def __init__(self, session: AsyncSession, people: dict[str, UUID]) -> None:
        self.session, self.people = session, people

    async def fill(self, given: dict[str, Any]) -> None:
        """Officers, partners with what was decided about them, the circle, a partner's own coordinator."""
        for each in given["officers"]:
            entity = await self.session.scalar(select(entities.c.id).where(entities.c.key == each["entity"]))
            self.session.add(
                RoleGrant(person_id=self.people[each["email"]], role=each["role"], entity_id=entity)
            )
        await self.session.flush()
        named = given["circle"]
        await screening.name_manager(
            self.session, acting=await self._actor(named["by"]), entity=named["entity"], email=named["person"]
        )
        for each in given["partners"]:
            await self._partner(each)
        await self._coordinator(given["coordinator"])
        await self._invite(given)

    async def _actor(self, email: str) -> Actor:
        return await get_actor(self.session, self.people[email])

    async def _partner(self, each: dict[str, Any]) -> None:
        keeper = await self._actor(KEEPER)
        values = {name: each[name] for name in _PROFILE if name in each}
        if "checked" in each:
            values["participation_checked_on"] = _day(each["checked"])
        if "committed" in each:
            values["committed_on"] = _day(each["committed"])
        await service.create_partner(
            self.session, acting=keeper, key=each["key"], parent=each.get("parent"), values=values
        )
        if "contact" in each:
            await service.add_contact(self.session, acting=keeper, key=each["key"], values=each["contact"])
        for part in ("agreement", "decision", "exclusion", "warning", "waiver"):
            if part in each:
                await getattr(self, f"_{part}")(each["key"], each[part])

    async def _agreement(self, key: str, given: dict[str, Any]) -> None:
        kind, until = AgreementKind(given["kind"]), _day(given["until"])
        new = service.NewAgreement(
            ENTITY, kind, given["version"], _day(given["signed"]), until, "y.bekele@demo.example"
        )
        await service.add_agreement(
            self.session, acting=await self._actor(KEEPER), key=key, new=new, file=None
        )

    async def _decision(self, key: str, given: dict[str, Any]) -> None:
        """Recorded on its day, which for one that has lapsed lies before what an officer could record today."""
        fact = screening.NewFact(
            FactKind.DECISION,
            ENTITY,
            _day(given["from"]),
            given["reference"],
            valid_until=_day(given["until"]),
            may_proceed=given["may_proceed"],
            scope=Scope.PARTNERSHIP,
            effort=Effort.FULL,
        )
        await screening.record_fact(
            self.session, acting=await self._actor(DECIDES), key=key, new=fact, today=_day(given["from"])
        )

    async def _exclusion(self, key: str, given: dict[str, Any]) -> None:
        fact = screening.NewFact(
            FactKind.EXCLUSION, ENTITY, _day(given["from"]), given["reference"], subject=given["on_list"]
        )
        await screening.record_fact(self.session, acting=await self._actor(DECIDES), key=key, new=fact)

    async def _warning(self, key: str, given: dict[str, Any]) -> None:
        category, source = Category(given["category"]), SourceKind(given["source_kind"])
        new = screening.NewWarning(ENTITY, category, source, given["facts"], _day(given["from"]), True)
        made = await screening.raise_warning(
            self.session, acting=await self._actor(DECIDES), key=key, new=new
        )
        step = screening.NewStep(StepKind.APPROVED, _day(given["review"]), True)
        await screening.take_step(self.session, acting=await self._actor(SECOND), warning_id=made, new=step)

    async def _waiver(self, key: str, given: dict[str, Any]) -> None:
        await screening.give_waiver(
            self.session,
            acting=await self._actor("senior@demo.example"),
            key=key,
            entity=ENTITY,
            waives=Rule(given["waives"]),
            reason=given["reason"],
            conditions=given["conditions"],
            valid_until=_day(given["until"]),
        )

    async def _coordinator(self, given: dict[str, Any]) -> None:
        partner_id = await self.session.scalar(
            select(partners.c.id).where(partners.c.key == given["partner"])
        )
        person = Person(
            name=given["name"],
            sort_key=sort_key(given["name"]),
            search_words=person_words(given["name"], given["email"]),
            email=given["email"],
            email_key=email_key(given["email"]),
            language=given["language"],
            languages=[given["language"]],
        )
        self.session.add(person)
        await self.session.flush()
        self.people[given["email"]] = person.id
        kind = AffiliationKind.PARTNER_PERSONNEL.value
        self.session.add(
            Affiliation(person_id=person.id, partner_id=partner_id, kind=kind, from_on=_day(-400))
        )
        await self.session.flush()
        acting = await self._actor("coordinator@demo.example")
        await service.appoint_coordinator(
            self.session, acting=acting, key=given["partner"], email=given["email"]
        )

    async def _invite(self, given: dict[str, Any]) -> None:
        """People whom the coordinator invited; those who accepted were quicker than their letters."""
        coordinator, partner = (
            await self._actor(given["coordinator"]["email"]),
            given["coordinator"]["partner"],
        )
        for each in given["invited"]:
            invitation = await inviting.invite(
                self.session, acting=coordinator, partner=partner, email=each["email"], name=each.get("name"),
                language=each["language"], days=7,
            )  # fmt: skip
            if each.get("withdrawn"):
                await inviting.withdraw(
                    self.session, acting=coordinator, partner=partner, invitation_id=invitation.id
                )
            secret = await make_link(self.session, invitation.id) if each.get("accepted") else None
            if secret is not None:
                await accept_with_password(
                    self.session, secret=secret, name=each["name"], language=each["language"],
                    password=new_password(), hours=1, tries=1,
                )  # fmt: skip
