"""Profiles over the API: what is published, who sees whose, who may name one for a post."""

from typing import Any

import pytest
from httpx2 import AsyncClient
from sqlalchemy import select

from lms.kernel.database import Database, table_of
from lms.kernel.events import EventRow
from lms.people.models import Affiliation, PersonChange
from tests.cast import ADMIN, COLLEAGUE, HR, LEARNER, OTHER_HR, OTHER_LEARNER, SUPERVISOR, VOLUNTEER, Cast

FOCAL_POINT = "officer.three@demo.example"


async def of_person(client: AsyncClient, cast: Cast, whose: str, asker: str) -> Any:
    return await client.get(f"/api/v1/people/{cast.ids[whose]}/profile", headers=cast.token(asker))


async def choose(
    client: AsyncClient, cast: Cast, whose: str, asker: str, profile: object, match: str = "*"
) -> Any:
    path = f"/api/v1/people/{cast.ids[whose]}/profile"
    headers = cast.token(asker) | {"If-Match": match}
    return await client.put(path, json={"profile": profile}, headers=headers)


async def test_profiles_are_listed_page_by_page_and_read_one_by_one(client: AsyncClient, cast: Cast) -> None:
    first = (await client.get("/api/v1/profiles?limit=4", headers=cast.token(LEARNER))).json()
    rest = await client.get(
        f"/api/v1/profiles?limit=4&cursor={first['next_cursor']}", headers=cast.token(LEARNER)
    )
    keys = [each["key"] for each in first["items"] + rest.json()["items"]]
    assert keys == sorted(keys)
    assert len(set(keys)) == 8
    one = await client.get("/api/v1/profiles/legal-officer?language=fr", headers=cast.token(LEARNER))
    assert (one.json()["name"], one.json()["language"]) == ("Juriste", "fr")
    assert one.json()["requires"][0]["competency"] == "legal-instruments"
    gone = await client.get("/api/v1/profiles/nobody", headers=cast.token(LEARNER))
    assert (gone.status_code, gone.json()["type"]) == (404, "/problems/profile-not-found")


@pytest.mark.parametrize(
    ("whose", "key", "basis"),
    [
        (LEARNER, "environment-programme-officer", "focus"),
        (FOCAL_POINT, "partnership-focal-point", "role"),
        (HR, "hr-officer", "role"),
        (VOLUNTEER, None, None),
    ],
)
async def test_the_default_is_by_role_then_focus_then_kind(
    client: AsyncClient, cast: Cast, whose: str, key: str | None, basis: str | None
) -> None:
    read = (await of_person(client, cast, whose, whose)).json()
    assert (read["profile"] or {}).get("key") == key
    assert (read["reason"] or {}).get("basis") == basis
    assert read["chosen"] is None


@pytest.mark.parametrize("asker", [LEARNER, SUPERVISOR, HR])
async def test_oneself_the_reporting_officer_and_hr_see_it(
    client: AsyncClient, cast: Cast, asker: str
) -> None:
    assert (await of_person(client, cast, LEARNER, asker)).status_code == 200


@pytest.mark.parametrize("asker", [COLLEAGUE, OTHER_HR, OTHER_LEARNER, ADMIN, FOCAL_POINT])
async def test_others_do_not(client: AsyncClient, cast: Cast, asker: str) -> None:
    """Nor does a focal point of an office that lies beside: uneo-kenya is below uneo-africa, uneo is not."""
    whose = LEARNER if asker != FOCAL_POINT else HR
    assert (await of_person(client, cast, whose, asker)).status_code == 404


async def test_a_focal_point_sees_and_names_the_profiles_of_the_office_and_below(
    client: AsyncClient, cast: Cast
) -> None:
    assert (await of_person(client, cast, COLLEAGUE, FOCAL_POINT)).status_code == 200
    assert (await choose(client, cast, COLLEAGUE, FOCAL_POINT, "legal-officer")).status_code == 200
    assert (await choose(client, cast, HR, FOCAL_POINT, "legal-officer")).status_code == 404
    assert (await choose(client, cast, COLLEAGUE, SUPERVISOR, None)).status_code == 403


async def test_naming_a_profile_is_kept_with_before_and_after(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    before = await of_person(client, cast, LEARNER, HR)
    answer = await choose(client, cast, LEARNER, HR, "finance-officer", before.headers["etag"])
    assert answer.status_code == 200, answer.text
    assert answer.json()["profile"]["key"] == "finance-officer"
    assert answer.json()["reason"]["basis"] == "post"
    assert answer.headers["etag"] != before.headers["etag"]
    stale = await choose(client, cast, LEARNER, HR, None, before.headers["etag"])
    assert stale.status_code == 412
    async with database.reading() as session:
        changes = table_of(PersonChange)
        kept = (
            await session.execute(
                select(changes.c.before, changes.c.after).where(changes.c.person_id == cast.ids[LEARNER])
            )
        ).all()
        events = table_of(EventRow)
        said = select(events.c.data).where(
            events.c.subject_id == cast.ids[LEARNER], events.c.type == "people.person_changed"
        )
        assert kept == [({"target_profile": None}, {"target_profile": "finance-officer"})]
        assert (await session.scalars(said)).all() == [{"fields": ["target_profile"]}]
    again = await choose(client, cast, LEARNER, HR, None)
    assert again.json()["reason"]["basis"] == "focus"


@pytest.mark.parametrize(
    ("sent", "says"),
    [("legal-oficer", 'Did you mean "legal-officer"?'), ("nobody-at-all", 'no profile "nobody-at-all"')],
)
async def test_an_unknown_profile_is_refused_at_its_place(
    client: AsyncClient, cast: Cast, sent: str, says: str
) -> None:
    answer = await choose(client, cast, LEARNER, HR, sent)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/profile"
    assert says in answer.json()["errors"][0]["detail"]


async def test_a_choice_names_a_profile_or_null_and_the_state_it_changes(
    client: AsyncClient, cast: Cast
) -> None:
    path, headers = f"/api/v1/people/{cast.ids[LEARNER]}/profile", cast.token(HR)
    assert (await client.put(path, json={}, headers=headers | {"If-Match": "*"})).status_code == 422
    assert (await client.put(path, json={"profile": None}, headers=headers)).status_code == 428


async def test_a_profile_that_is_no_longer_published_is_passed_over_and_said(
    client: AsyncClient, cast: Cast, database: Database
) -> None:
    affiliations = table_of(Affiliation)
    async with database.transaction() as session:
        await session.execute(
            affiliations.update()
            .where(affiliations.c.person_id == cast.ids[VOLUNTEER])
            .values(target_profile="of-long-ago")
        )
    read = (await of_person(client, cast, VOLUNTEER, HR)).json()
    assert (read["chosen"], read["chosen_is_published"], read["profile"]) == ("of-long-ago", False, None)
