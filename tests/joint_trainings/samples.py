"""Joint trainings that tests propose, and the ways by which they come to a state."""

from datetime import date, timedelta
from typing import Any

from httpx2 import AsyncClient
from sqlalchemy import text

from lms.joint_trainings.domain.checklist import Item
from lms.joint_trainings.domain.ex_ante import Question
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.models import Affiliation
from tests.cast import ASSESSOR, COLLEAGUE, COORDINATOR, FOCAL_POINT, SENIOR, SUPERVISOR, Cast
from tests.partners.samples import API as PARTNERS_API
from tests.partners.samples import appoint, grant, make

API = "/api/v1/joint-trainings"
AFRICA, RELIEF, PARTNER = "uneo-africa", "unro", "baobab-solar"
SCREENING, PARTNERS_COORDINATOR = ASSESSOR, COLLEAGUE  # whom tests give these roles
LEGAL, SIGNS, PARTNER_SIGNS = (
    SUPERVISOR,
    SENIOR,
    COLLEAGUE,
)  # who clears; who signs for the entity, the partner


def in_days(number: int) -> date:
    """A day so many days from now."""
    return clock.today() + timedelta(days=number)


async def propose(
    client: AsyncClient, cast: Cast, by: str = FOCAL_POINT, hosts: Any = None, **values: Any
) -> dict[str, Any]:
    """A draft of two entities (or of `hosts`), of one day a month ahead."""
    sent = {
        "title": "Reading a memorandum together",
        "hosts": hosts or [{"entity": AFRICA}, {"entity": RELIEF}],
        "languages": ["en"],
        "competencies": ["legal-instruments"],
        "course": "legal-foundations",
        "starts_on": in_days(30).isoformat(),
        "minutes": 180,
    }
    answer = await client.post(API, json=sent | values, headers=cast.token(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def make_clear(
    client: AsyncClient, cast: Cast, database: Database, key: str, entity: str = "uneo", **values: Any
) -> None:
    """A partner for whom the gate of `entity`, and of what lies under it, is open."""
    values = {"committed_on": in_days(-20).isoformat(), "commitment_reference": "A letter"} | values
    await make(client, cast, key, **values)
    await grant(database, cast, SCREENING, "screening_officer", entity)
    sent = {
        "entity": entity, "occurred_on": in_days(-10).isoformat(), "reference": "A file",
        "scope": "partnership", "effort": "full", "may_proceed": True,
        "valid_until": in_days(300).isoformat(),
    }  # fmt: skip
    answer = await client.post(f"{PARTNERS_API}/{key}/decisions", json=sent, headers=cast.token(SCREENING))
    assert answer.status_code == 201, answer.text


async def accept_all(client: AsyncClient, cast: Cast, training: dict[str, Any]) -> None:
    """Every entity that hosts takes part; the coordinator of the whole system says so."""
    for host in training["hosts"]:
        if host["kind"] == "entity":
            address = f"{API}/{training['id']}/hosts/{host['id']}/acceptance"
            answer = await client.post(address, headers=cast.token(COORDINATOR))
            assert answer.status_code == 200, answer.text


async def move(client: AsyncClient, cast: Cast, training_id: str, to: str, by: str = FOCAL_POINT) -> Any:
    """Ask for a move, as the training stands now; the answer."""
    headers = cast.token(by)
    seen = await client.get(f"{API}/{training_id}", headers=headers)
    sent = {"to": to} | ({"reason": "It cannot be held."} if to in ("cancelled", "draft") else {})
    match = {"If-Match": seen.headers.get("ETag", '"0"')}
    return await client.post(f"{API}/{training_id}/moves", json=sent, headers=headers | match)


async def published(client: AsyncClient, cast: Cast, **values: Any) -> dict[str, Any]:
    """A training of entities alone, published."""
    training = await propose(client, cast, **values)
    await accept_all(client, cast, training)
    answer = await move(client, cast, training["id"], "published")
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def session_values(**values: Any) -> dict[str, Any]:
    """A session of two seats, a month ahead, as it is sent."""
    sent = {
        "title": "First morning",
        "place": "Room 3, Nairobi",
        "link": "https://meet.example/first",
        "local_on": in_days(30).isoformat(),
        "local_at": "09:00",
        "zone": "Africa/Nairobi",
        "minutes": 180,
        "languages": ["en"],
        "seats": 2,
    }
    return sent | values


async def planned(
    client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT, **values: Any
) -> dict[str, Any]:
    """A session of a training."""
    address = f"{API}/{training_id}/sessions"
    answer = await client.post(address, json=session_values(**values), headers=cast.token(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def book(client: AsyncClient, cast: Cast, session_id: str, by: str) -> Any:
    """Book for oneself; the answer."""
    return await client.post("/api/v1/me/bookings", json={"session": session_id}, headers=cast.token(by))


# -- the long way ------------------------------------------------------------------------------------------


async def partner_ready(client: AsyncClient, cast: Cast, database: Database, key: str = PARTNER) -> None:
    """A partner that is clear, has a coordinator, and everybody who clears and signs: once a module."""
    await make_clear(client, cast, database, key)
    await appoint(client, cast, key, PARTNERS_COORDINATOR)
    await belongs_to(database, cast, PARTNER_SIGNS, key)
    await grant(database, cast, LEGAL, "legal_officer", "uneo")
    await clear_standard(client, cast)
    await authorise(client, cast, SIGNS, by=LEGAL, entity="uneo")
    await authorise(client, cast, PARTNER_SIGNS, by=PARTNERS_COORDINATOR, partner=key)


async def belongs_to(database: Database, cast: Cast, email: str, partner: str) -> None:
    """Have somebody be of a partner, beside what they are of already."""
    async with database.transaction() as session:
        found = await session.scalar(text("SELECT id FROM partners WHERE key = :key"), {"key": partner})
        session.add(
            Affiliation(
                person_id=cast.ids[email],
                partner_id=found,
                kind="partner_personnel",
                is_primary=False,
                from_on=in_days(-100),
            )
        )


async def clear_standard(client: AsyncClient, cast: Cast, entity: str = "uneo", by: str = LEGAL) -> None:
    """The legal office of an entity clears the standard agreement in force."""
    headers = cast.token(by)
    digest = (await client.get("/api/v1/standard-agreement", headers=headers)).json()["digest"]
    sent = {"entity": entity, "digest": digest}
    answer = await client.post("/api/v1/standard-agreement/clearances", json=sent, headers=headers)
    assert answer.status_code == 204, answer.text


async def authorise(client: AsyncClient, cast: Cast, email: str, *, by: str, **values: Any) -> dict[str, Any]:
    """Record that somebody may sign for an entity or a partner."""
    sent = {"person": email, "source": "Memorandum of delegation", "from_on": in_days(-30).isoformat()}
    answer = await client.post("/api/v1/signing-authorities", json=sent | values, headers=cast.token(by))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def with_partner(client: AsyncClient, cast: Cast, **values: Any) -> dict[str, Any]:
    """A draft of an entity and the partner, both of which have accepted."""
    training = await propose(client, cast, hosts=[{"entity": AFRICA}, {"partner": PARTNER}], **values)
    partner = training["hosts"][1]
    address = f"{API}/{training['id']}/hosts/{partner['id']}/acceptance"
    answer = await client.post(address, headers=cast.token(PARTNERS_COORDINATOR))
    assert answer.status_code == 200, answer.text
    return training


async def assess(client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT) -> Any:
    """Answer the five questions for one's side."""
    answers = {each.value: f"An answer about {each.value}." for each in Question}
    address = f"{API}/{training_id}/ex-ante-assessments"
    return await client.post(address, json={"answers": answers}, headers=cast.token(by))


async def fill(client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT) -> None:
    """An indicator with all its parts, and a checklist answered yes."""
    headers, address = cast.token(by), f"{API}/{training_id}"
    indicator = {
        "name": "Contracts that name who repairs", "unit": "per cent", "baseline": "20", "target": "60",
        "verification": "A sample of contracts", "measured_on": in_days(200).isoformat(),
    }  # fmt: skip
    answer = await client.post(f"{address}/indicators", json=indicator, headers=headers)
    assert answer.status_code == 201, answer.text
    for item in Item:
        answer = await client.put(
            f"{address}/checklist/{item.value}", json={"answer": "yes"}, headers=headers
        )
        assert answer.status_code == 200, answer.text


async def agreement_of(client: AsyncClient, cast: Cast, training_id: str, by: str = FOCAL_POINT) -> Any:
    """The agreement as it stands."""
    answer = await client.get(f"{API}/{training_id}/agreement", headers=cast.token(by))
    assert answer.status_code == 200, answer.text
    return answer.json()


async def sign(client: AsyncClient, cast: Cast, training: dict[str, Any], number: int, by: str) -> Any:
    """Sign what is agreed as it stands, for the host at this place."""
    digest = (await agreement_of(client, cast, training["id"], by=by))["digest"]
    sent = {"host": training["hosts"][number]["id"], "digest": digest}
    address = f"{API}/{training['id']}/agreement/signatures"
    return await client.post(address, json=sent, headers=cast.token(by))


async def ready_to_sign(client: AsyncClient, cast: Cast, **values: Any) -> dict[str, Any]:
    """A training with the partner, assessed by both sides, with everything on paper."""
    training = await with_partner(client, cast, **values)
    for by in (FOCAL_POINT, PARTNERS_COORDINATOR):
        answer = await assess(client, cast, training["id"], by=by)
        assert answer.status_code == 201, answer.text
    answer = await move(client, cast, training["id"], "assessed")
    assert answer.status_code == 201, answer.text
    await fill(client, cast, training["id"])
    return training


async def signed(client: AsyncClient, cast: Cast, **values: Any) -> dict[str, Any]:
    """The same, signed by both sides."""
    training = await ready_to_sign(client, cast, **values)
    for number, by in enumerate((SIGNS, PARTNER_SIGNS)):
        answer = await sign(client, cast, training, number, by)
        assert answer.status_code == 201, answer.text
    return training


async def agreed(client: AsyncClient, cast: Cast, to: str = "published", **values: Any) -> dict[str, Any]:
    """A training with the partner that has come to `agreed` or `published`. Needs `partner_ready` before it."""
    training = await signed(client, cast, **values)
    for state in ("agreed", "published")[: 1 if to == "agreed" else 2]:
        answer = await move(client, cast, training["id"], state)
        assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
