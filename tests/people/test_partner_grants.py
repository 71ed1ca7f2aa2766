"""A role held for a partner: it opens that partner, nothing of any entity, and ends like any other."""

from uuid import UUID

from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from lms.kernel.access import Grant, PartnerGrant, Permission
from lms.kernel.database import Database
from lms.kernel.ids import new_id
from lms.people.domain import FOR_PARTNERS, Role, partner_permissions_of, permissions_of
from lms.people.queries import get_actor
from tests.cast import ADMIN, OTHER_LEARNER, Cast

PARTNER = new_id()
_ADD_PARTNER = text(
    "INSERT INTO partners (id, key, name, sort_key, kind, revision, created_at) "
    "VALUES (:id, 'some-partner', 'Some', 'some', 'company', 1, now())"
)


@given(st.sampled_from(Role))
def test_a_role_is_for_partners_or_for_entities_and_never_both(role: Role) -> None:
    for_partner = partner_permissions_of([PartnerGrant(role.value, PARTNER)])
    for_entity = permissions_of([Grant(role.value, "/")], supervises=False)
    assert bool(for_partner) is (role in FOR_PARTNERS)
    if role in FOR_PARTNERS:
        assert set(for_entity) == {Permission.SELF}


async def hold(database: Database, person_id: UUID, role: str, until: str = "NULL") -> None:
    async with database.transaction() as session:
        await session.execute(
            text(
                f"""INSERT INTO role_grants (id, person_id, role, partner_id, granted_at, until_on)
                    VALUES (:id, :person, :role, :partner, now(), {until})"""
            ),
            {"id": new_id(), "person": person_id, "role": role, "partner": PARTNER},
        )


async def test_it_opens_the_partner_alone_until_it_ends(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    person = cast.ids[OTHER_LEARNER]
    async with database.transaction() as session:
        await session.execute(_ADD_PARTNER, {"id": PARTNER})
    await hold(database, person, "partner_coordinator", "current_date - 1")
    await hold(database, person, "hr_officer")  # for a partner it opens nothing
    async with database.reading() as session:
        assert not (await get_actor(session, person)).partner_permissions.get(Permission.PARTNERS_READ)
    await hold(database, person, "partner_coordinator")
    async with database.reading() as session:
        actor = await get_actor(session, person)
    assert actor.partners(Permission.PARTNERS_READ) == (PARTNER,)
    assert actor.paths(Permission.PARTNERS_READ) == ()
    assert actor.may(Permission.PARTNERS_READ)
    assert not actor.may(Permission.PARTNERS_READ, "/")
    assert not actor.may(Permission.PARTNERS_READ, "/uneo/")
    assert not actor.may(Permission.PEOPLE_READ)
    grants = await client.get(f"/api/v1/people/{person}/grants", headers=cast.token(ADMIN))
    held = [each for each in grants.json()["items"] if each["role"] == "partner_coordinator"]
    assert {each["partner"] for each in held} == {"some-partner"}
    for each in held:
        await client.delete(f"/api/v1/grants/{each['id']}", headers=cast.token(ADMIN))
    async with database.reading() as session:
        assert not (await get_actor(session, person)).may(Permission.PARTNERS_READ)


async def test_it_is_not_given_for_an_entity(client: AsyncClient, cast: Cast) -> None:
    for place in ({"entity": "uneo"}, {}):
        answer = await client.post(
            f"/api/v1/people/{cast.ids[OTHER_LEARNER]}/grants",
            json={"role": "partner_coordinator", **place},
            headers=cast.token(ADMIN),
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/role"
