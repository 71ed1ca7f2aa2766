"""Make the demo organisation: entities, people, accounts, roles, a few completions, an adopted policy.

Only `lms demo` and `make run` call this; in production it refuses. Made twice it is made once.
"""

import json
import os
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import CourseRef, get_edition, refs_by_key
from lms.completions.service import Finished, record_elsewhere
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import Database, table_of
from lms.kernel.errors import NotAllowed
from lms.kernel.i18n import sort_key
from lms.kernel.writes import flush
from lms.people.domain import AffiliationKind, Appointment, email_key
from lms.people.models import Affiliation, Entity, Person, RoleGrant
from lms.people.queries import get_actor
from lms.people.search import person_words
from lms.people.service import new_password, set_password
from lms.recognition.policies import DEFAULT_POLICY, read_policy
from lms.recognition.service import adopt_policy, publish_policy
from lms.settings import Settings

PEOPLE = Path(__file__).parent / "people.yaml"
entities_table = table_of(Entity)


class NoDemoInProduction(NotAllowed):
    """A demo has known people in it; production is no place for them."""

    type, title = "no-demo-in-production", "LMS_ENVIRONMENT is production: no demo is made here"


def accounts_file(settings: Settings) -> Path:
    """Where the demo's sign-ins are kept, readable by its owner alone."""
    return settings.var_dir / "demo-accounts.json"


def read_accounts(settings: Settings) -> list[dict[str, str]]:
    """The demo's sign-ins: role, email, password, entity; empty before a demo was made."""
    path = accounts_file(settings)
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


async def make_demo(database: Database, settings: Settings) -> list[dict[str, str]]:
    """The demo's sign-ins; the organisation is made when this database has none of it yet."""
    if settings.environment == "production":
        raise NoDemoInProduction()
    given = yaml.safe_load(PEOPLE.read_text(encoding="utf-8"))
    async with database.transaction() as session:
        first = given["entities"][0]["key"]
        if await session.scalar(select(entities_table.c.id).where(entities_table.c.key == first)) is not None:
            return read_accounts(settings)
        entities = await _make_entities(session, given["entities"])
        people = await make_people(session, given["people"], entities, known={})
        accounts = await _make_accounts(session, given["people"], people)
        write_accounts(settings, accounts)
        await session.flush()
        await _make_history(session, people)
        await _adopt_policy(session, people)
    return accounts


async def _make_entities(session: AsyncSession, given: list[dict[str, Any]]) -> dict[str, Entity]:
    made: dict[str, Entity] = {}
    for each in given:
        parent = made.get(each.get("parent", ""))
        entity = Entity(
            key=each["key"],
            name=each["name"],
            sort_key=sort_key(each["name"]),
            kind=each["kind"],
            parent_id=parent.id if parent else None,
            path=f"{parent.path if parent else '/'}{each['key']}/",
            focuses=each.get("focuses", []),
            modality=each.get("modality"),
        )
        session.add(entity)
        await session.flush()
        made[entity.key] = entity
    return made


async def make_people(
    session: AsyncSession,
    given: list[dict[str, Any]],
    entities: dict[str, Entity],
    *,
    known: dict[str, UUID],
) -> dict[str, UUID]:
    """Ids by e-mail of the people made and of those `known` before, who may be their reporting officers."""
    people = dict(known)
    for each in given:
        person = Person(
            name=each["name"],
            sort_key=sort_key(each["name"]),
            search_words=person_words(each["name"], each["email"]),
            email=each["email"],
            email_key=email_key(each["email"]),
            language=each["language"],
            languages=[each["language"]],
            time_zone={"Nairobi": "Africa/Nairobi", "Goma": "Africa/Lubumbashi"}.get(
                each["station"], "Europe/Zurich"
            ),
        )
        session.add(person)
        people[each["email"]] = person.id
    await session.flush()
    for number, each in enumerate(given, len(known)):
        session.add(_affiliation(each, people, entities, number))
        for role in each.get("roles", ()):
            scope = None if each.get("everywhere") else entities[each["entity"]].id
            session.add(RoleGrant(person_id=people[each["email"]], role=role, entity_id=scope))
    await session.flush()
    return people


def _affiliation(
    each: dict[str, Any], people: dict[str, UUID], entities: dict[str, Entity], number: int
) -> Affiliation:
    kind = AffiliationKind(each.get("kind", "staff"))
    return Affiliation(
        person_id=people[each["email"]],
        entity_id=entities[each["entity"]].id,
        kind=kind.value,
        appointment=Appointment.FIXED_TERM.value if kind is AffiliationKind.STAFF else None,
        personnel_number=f"D{10000 + number}",
        post_title=each["post"],
        grade=each.get("grade"),
        duty_station=each["station"],
        hardship=each["hardship"],
        working_time_percent=each.get("percent", 100),
        target_profile=each.get("profile"),
        from_on=date(2023, 1, 1) + timedelta(days=37 * number % 700),
        until_on=clock.today() - timedelta(days=each["left"]) if "left" in each else None,
        first_reporting_officer_id=people.get(each.get("supervisor", "")),
    )


async def _make_accounts(
    session: AsyncSession, given: list[dict[str, Any]], people: dict[str, UUID]
) -> list[dict[str, str]]:
    accounts = []
    for each in given:
        if "show" not in each:
            continue
        password = new_password()
        await set_password(session, person_id=people[each["email"]], password=password)
        accounts.append(
            {"role": each["show"], "email": each["email"], "password": password, "entity": each["entity"]}
        )
    return accounts


def write_accounts(settings: Settings, accounts: list[dict[str, str]]) -> None:
    """Keep the demo's sign-ins for the doors on the first page."""
    path = accounts_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(accounts, file, indent=2)


# Who completed what elsewhere, how many days ago: so that reports have something to show on the first day.
_HISTORY = (
    ("hr@demo.example", "officer.two@demo.example", "partnership-essentials", 75),
    ("hr@demo.example", "officer.two@demo.example", "indicators-and-baselines", 40),
    ("hr@demo.example", "officer.three@demo.example", "legal-foundations", 120),
    ("hr@demo.example", "volunteer@demo.example", "partnership-essentials", 15),
    ("hr@demo.example", "supervisor@demo.example", "budgeting-a-partnership", 200),
    ("hr.relief@demo.example", "learner.li@demo.example", "partnership-essentials", 30),
    ("hr.relief@demo.example", "learner.goma@demo.example", "legal-foundations", 55),
)


async def _make_history(session: AsyncSession, people: dict[str, UUID]) -> None:
    refs = await refs_by_key(session, sorted({course for _, _, course, _ in _HISTORY}))
    for sender, email, course, days in _HISTORY:
        if course not in refs:
            continue
        acting = await get_actor(session, people[sender])
        await record(session, acting, people[email], refs[course], days)


async def record(session: AsyncSession, acting: Actor, person_id: UUID, ref: CourseRef, days: int) -> UUID:
    """A completion of so many days ago, as taken over from an earlier system; its id."""
    course, day = (await get_edition(session, ref.version_id)).course, clock.today() - timedelta(days=days)
    finished = Finished(
        person_id=person_id,
        course_id=ref.id,
        course_version_id=ref.version_id,
        minutes=sum(each.minutes for each in course.required_activities),
        occurred_on=day,
        valid_until=course.last_valid_day(day),
        sender="Earlier learning system (demo)",
        evidence_words="Taken over from the earlier learning system, demo record.",
    )
    recorded = (await record_elsewhere(session, acting=acting, finished=[finished]))[0][0]
    await flush(session)  # two of one month in one statement would meet in the same total
    return recorded


async def _adopt_policy(session: AsyncSession, people: dict[str, UUID]) -> None:
    await publish_policy(session, read_policy(DEFAULT_POLICY))
    director = await get_actor(session, people["senior@demo.example"])
    await adopt_policy(
        session,
        acting=director,
        entity="uneo",
        policy="learning-and-practice",
        from_on=clock.today(),
        consultation="Demo: staff representatives were consulted; no record exists, since nobody here does.",
    )
