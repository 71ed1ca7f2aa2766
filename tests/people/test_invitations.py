"""Invitations: who may send them, that each is for one address and one time, and who then belongs to the partner."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from lms.jobs.tasks import Outside, clear_keys
from lms.kernel import clock
from lms.kernel.database import Database
from lms.people.domain import WeakPassword, WrongCredentials, digest_of
from lms.people.invitations import service
from lms.people.invitations.domain import (
    InvitationForAnother,
    InvitationNotFound,
    InvitationOver,
    InvitationState,
    Purpose,
    SignInToAccept,
    UnPersonnel,
    WayIn,
    state_of,
    way_in,
)
from lms.people.queries import get_actor
from lms.settings import Settings
from tests.cast import ADMIN, COLLEAGUE, COORDINATOR, FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.partners.samples import API, appoint, make
from tests.people.invited import PASSWORD, invite, letter_of, link_of, make_partner

MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))


# -- rules -------------------------------------------------------------------------------------------------


@given(
    accepted=st.none() | MOMENTS, withdrawn=st.none() | MOMENTS, expires=MOMENTS, first=MOMENTS, later=MOMENTS
)
def test_what_is_over_stays_over(
    accepted: datetime | None, withdrawn: datetime | None, expires: datetime, first: datetime, later: datetime
) -> None:
    first, later = sorted((first, later))
    before, after = (state_of(accepted, withdrawn, expires, now) for now in (first, later))
    assert before is after or (before, after) == (InvitationState.OPEN, InvitationState.EXPIRED)
    assert (before is InvitationState.ACCEPTED) == (accepted is not None)
    assert (before is InvitationState.OPEN) == (accepted is withdrawn is None and first < expires)


def test_nobody_but_the_person_of_the_address_gets_further() -> None:
    """Every case there is: who else is signed in is told nothing, and no password is asked of whoever has one."""
    invited = uuid4()
    for state, person, has, is_un, reader in itertools.product(
        InvitationState, (None, invited), (False, True), (False, True), (None, invited, uuid4())
    ):
        way = way_in(state, invited=person, has_account=has, is_un_personnel=is_un, reader=reader)
        if reader is not None and reader != person:
            assert way is WayIn.FOR_ANOTHER
        elif way is WayIn.MAKE_ACCOUNT:
            assert not has and not is_un and reader is None and state is InvitationState.OPEN
        elif way in (WayIn.ACCEPT, WayIn.SIGN_IN):
            assert not is_un and state is InvitationState.OPEN
            assert (reader is not None) == (way is WayIn.ACCEPT)


# -- inviting ----------------------------------------------------------------------------------------------


async def test_who_invites_and_who_sees_it(client: AsyncClient, cast: Cast) -> None:
    hers = await make_partner(client, cast, "inviting-co", OTHER_LEARNER)
    await make(client, cast, "other-co")
    path = f"{API}/inviting-co/invitations"
    for email, status in ((LEARNER, 403), (HR, 403), (SENIOR, 403), (ADMIN, 403), (COORDINATOR, 403)):
        sent = await client.post(path, json={"email": "a@firm.example"}, headers=cast.token(email))
        assert sent.status_code == status, (email, sent.text)
    made = await invite(client, "inviting-co", hers, " Ada@Firm.example ", name="Ada Lovelace", language="fr")
    assert (made["state"], made["by"], made["language"]) == ("open", "Inviting Co", "fr")
    assert (made["purpose_kind"], made["sent_at"]) == ("partner", None)
    again = await invite(client, "inviting-co", hers, "ADA@firm.example", name="Somebody Else")
    assert (again["id"], again["name"]) == (made["id"], "Ada Lovelace")
    other = await client.post(f"{API}/other-co/invitations", json={"email": "a@f.example"}, headers=hers)
    assert other.status_code == 404
    listed = (await client.get(path, headers=hers)).json()["items"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert (await client.get(f"{path}?state=expired", headers=hers)).json()["items"] == []
    assert (await client.get(path, headers=cast.token(FOCAL_POINT))).json()["items"] == []


async def test_bad_input_is_said_by_its_place(client: AsyncClient, cast: Cast) -> None:
    hers = await make_partner(client, cast, "bad-input-co", OTHER_LEARNER)
    sent = {"email": "nobody", "language": "tlh", "name": "", "colour": "red"}
    answer = await client.post(f"{API}/bad-input-co/invitations", json=sent, headers=hers)
    pointers = {each["pointer"] for each in answer.json()["errors"]}
    assert (answer.status_code, pointers) == (422, {"/email", "/language", "/name", "/colour"})
    as_json = hers | {"Content-Type": "application/json"}
    for name in ("email", "name"):
        for odd in ("\\u0000@x.example", "\\ud800@x.example", "a" * 260 + "@x.example"):
            body = f'{{"email": "a@x.example", "{name}": "{odd}"}}'
            refused = await client.post(f"{API}/bad-input-co/invitations", content=body, headers=as_json)
            assert refused.status_code == 422, (name, odd, refused.text)
    point = cast.token(FOCAL_POINT)
    answer = await client.post(
        f"{API}/bad-input-co/invitations", json={"email": "a@f.example"}, headers=point
    )
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/entity"]


async def test_a_focal_point_passes_the_gate_first_and_reads_the_same_words(
    client: AsyncClient, database: Database, cast: Cast
) -> None:
    point = cast.token(FOCAL_POINT)
    await make(client, cast, "gate-co", committed_on="2026-01-02")
    path, sent = f"{API}/gate-co/invitations", {"email": "g@gate.example", "entity": "uneo-africa"}
    far = await client.post(path, json=sent | {"entity": "unro"}, headers=point)
    assert far.status_code == 404
    refused = await client.post(path, json=sent, headers=point)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/partner-not-clear")
    unscreened = refused.json()
    await _decide(client, cast, "gate-co", may_proceed=False)
    refused = (await client.post(path, json=sent, headers=point)).json()
    assert {name: refused[name] for name in ("title", "detail", "errors")} == {
        name: unscreened[name] for name in ("title", "detail", "errors")
    }
    await make(client, cast, "clear-co", committed_on="2026-01-02")
    await _decide(client, cast, "clear-co", may_proceed=True)
    made = await invite(client, "clear-co", point, "g@gate.example", entity="uneo-africa")
    assert made["by"] != "Clear Co"
    hers = cast.token(OTHER_LEARNER)
    await appoint(client, cast, "clear-co", OTHER_LEARNER)
    seen = (await client.get(f"{API}/clear-co/invitations", headers=hers)).text
    assert made["id"] in seen
    assert str(cast.ids[FOCAL_POINT]) not in seen
    again = f"{API}/clear-co/invitations/{made['id']}/send-again"
    assert (await client.post(again, headers=point)).status_code == 200
    listed = {"entity": "uneo", "occurred_on": "2026-01-01", "reference": "A list", "on_list": "tobacco"}
    answer = await client.post(f"{API}/clear-co/exclusions", json=listed, headers=cast.token(HR))
    assert answer.status_code == 201, answer.text
    assert (await client.post(again, headers=point)).status_code == 409


async def _decide(client: AsyncClient, cast: Cast, key: str, *, may_proceed: bool) -> None:
    role = {"role": "screening_officer", "entity": "uneo"}
    granted = await client.post(f"/api/v1/people/{cast.ids[HR]}/grants", json=role, headers=cast.token(ADMIN))
    assert granted.status_code == 201, granted.text
    sent = {
        "entity": "uneo", "scope": "partnership", "effort": "full", "may_proceed": may_proceed,
        "occurred_on": "2026-01-01", "valid_until": "2199-01-01", "reference": "A file",
    }  # fmt: skip
    answer = await client.post(f"{API}/{key}/decisions", json=sent, headers=cast.token(HR))
    assert answer.status_code == 201, answer.text


async def test_the_letter_alone_holds_the_link(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "letter-co", OTHER_LEARNER)
    made = await invite(client, "letter-co", hers, "letter@firm.example", language="fr")
    letter = await letter_of(settings, made)
    assert (letter["To"], "invit" in letter["Subject"].lower()) == ("letter@firm.example", True)
    secret = (await link_of(settings, made)).removeprefix("/invitations/")
    async with database.reading() as session:
        row = (
            await session.execute(text("SELECT * FROM invitations WHERE id = :id"), {"id": made["id"]})
        ).one()
        jobs = str((await session.execute(text("SELECT args FROM procrastinate_jobs"))).all())
        events = str(
            (await session.execute(text("SELECT data FROM events WHERE type LIKE 'people.inv%'"))).all()
        )
    assert row.token_digest == digest_of(secret)
    assert secret not in str(row) + jobs + events
    assert "letter@firm" not in events
    read = (await client.get(f"{API}/letter-co/invitations", headers=hers)).json()["items"][0]
    assert read["sent_at"] is not None
    assert secret not in str(read)


async def test_sent_again_the_old_link_opens_nothing(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "again-co", OTHER_LEARNER)
    made = await invite(client, "again-co", hers, "again@firm.example")
    old = _secret(await link_of(settings, made))
    path = f"{API}/again-co/invitations/{made['id']}"
    assert (await client.post(f"{path}/send-again", headers=hers)).status_code == 200
    new = _secret(await link_of(settings, made, sending=2))
    assert await _accepts(database, old) is InvitationNotFound
    withdrawn = await client.post(f"{path}/withdraw", headers=hers)
    assert (withdrawn.status_code, withdrawn.json()["state"]) == (200, "withdrawn")
    assert (await client.post(f"{path}/withdraw", headers=hers)).json() == withdrawn.json()
    assert (await client.post(f"{path}/send-again", headers=hers)).status_code == 410
    assert await _accepts(database, new) is InvitationOver
    fresh = await invite(client, "again-co", hers, "again@firm.example")
    assert fresh["id"] != made["id"]


def _secret(link: str) -> str:
    return link.removeprefix("/invitations/")


async def _accept(database: Database, secret: str, **more: Any) -> tuple[str, UUID | None]:
    given: dict[str, Any] = {"name": "Ada Lovelace", "language": "fr", "password": PASSWORD} | more
    async with database.transaction() as session:
        opened, invitation = await service.accept_with_password(
            session, secret=secret, hours=1, tries=10, **given
        )
        return opened, invitation.person_id


async def _accepts(database: Database, secret: str, **more: Any) -> type[Exception] | None:
    """What accepting raises."""
    try:
        await _accept(database, secret, **more)
    except Exception as error:
        return type(error)
    return None


async def test_an_expired_one_opens_nothing_and_inviting_again_sends_it_again(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "late-co", OTHER_LEARNER)
    made = await invite(client, "late-co", hers, "late@firm.example")
    secret = _secret(await link_of(settings, made))
    async with database.transaction() as session:
        await session.execute(
            text("UPDATE invitations SET expires_at = now() WHERE id = :id"), {"id": made["id"]}
        )
    assert await _accepts(database, secret) is InvitationOver
    listed = await client.get(f"{API}/late-co/invitations?state=expired", headers=hers)
    assert [each["state"] for each in listed.json()["items"]] == ["expired"]
    again = await invite(client, "late-co", hers, "late@firm.example")
    assert (again["id"], again["state"]) == (made["id"], "open")
    assert await _accepts(database, _secret(await link_of(settings, made, sending=2))) is None


async def test_whoever_never_came_is_forgotten(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "vain-co", OTHER_LEARNER)
    ids = [
        (await invite(client, "vain-co", hers, f"{name}@vain.example", name=name))["id"]
        for name in ("gone", "late", "new")
    ]
    back = "UPDATE invitations SET {} = now() - make_interval(days => {}) WHERE id = :id"
    async with database.transaction() as session:
        for at, column, days in ((0, "withdrawn_at", 91), (1, "expires_at", 91), (2, "expires_at", 89)):
            await session.execute(text(back.format(column, days)), {"id": ids[at]})
    outside = Outside(settings)
    await clear_keys(outside)
    await outside.close()
    listed = (await client.get(f"{API}/vain-co/invitations", headers=hers)).json()["items"]
    assert [(each["email"], each["name"]) for each in listed] == [
        ("new@vain.example", "new"),
        (None, None),
        (None, None),
    ]
    again = await client.post(f"{API}/vain-co/invitations/{ids[1]}/send-again", headers=hers)
    assert again.status_code == 410


# -- accepting ---------------------------------------------------------------------------------------------


async def test_accepting_makes_a_person_once_however_often_and_from_wherever(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "twice-co", OTHER_LEARNER)
    made = await invite(client, "twice-co", hers, "twice@firm.example")
    secret = _secret(await link_of(settings, made))
    assert await _accepts(database, secret, password="short") is WeakPassword
    assert await _accepts(database, secret, password="twice@firm.example") is WeakPassword
    answers = await asyncio.gather(*(_accept(database, secret) for _ in range(4)))
    assert len({person for _, person in answers}) == 1
    assert await _accepts(database, secret, password="another long password") is WrongCredentials
    async with database.reading() as session:
        counts = """SELECT (SELECT count(*) FROM persons WHERE email_key = 'twice@firm.example'),
                           (SELECT count(*) FROM affiliations a JOIN persons p ON p.id = a.person_id
                             WHERE email_key = 'twice@firm.example'),
                           (SELECT count(*) FROM events WHERE type = 'people.invitation_accepted'
                               AND subject_id = :id)"""
        assert tuple((await session.execute(text(counts), {"id": made["id"]})).one()) == (1, 1, 1)
        told = await session.scalar(
            text("SELECT data FROM events WHERE type = 'people.invitation_accepted' AND subject_id = :id"),
            {"id": made["id"]},
        )
    assert told["person_id"] == str(answers[0][1])
    assert (told["purpose_kind"], told["purpose_id"]) == ("partner", told["partner_id"])
    listed = (await client.get(f"{API}/twice-co/invitations", headers=hers)).json()["items"][0]
    assert (listed["state"], listed["person_id"]) == ("accepted", str(answers[0][1]))
    assert (
        await client.post(f"{API}/twice-co/invitations/{made['id']}/withdraw", headers=hers)
    ).status_code == 409
    assert (await invite(client, "twice-co", hers, "twice@firm.example"))["id"] == made["id"]


async def test_two_invitations_of_one_address_make_one_person(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "first-firm", OTHER_LEARNER)
    await make_partner(client, cast, "second-firm", OTHER_LEARNER)
    secrets = []
    for key in ("first-firm", "second-firm"):
        made = await invite(client, key, hers, "both@firm.example")
        secrets.append(_secret(await link_of(settings, made)))
    errors = await asyncio.gather(*(_accepts(database, secret) for secret in secrets))
    assert sorted(map(str, errors)) == sorted(map(str, (None, SignInToAccept)))
    left = secrets[errors.index(SignInToAccept)]
    async with database.transaction() as session:
        person = await session.scalar(text("SELECT id FROM persons WHERE email_key = 'both@firm.example'"))
        acting = await get_actor(session, person)
        for _ in range(2):
            assert (await service.accept(session, acting=acting, secret=left)).person_id == person
    async with database.reading() as session:
        rows = (
            await session.execute(
                text("SELECT is_primary, kind FROM affiliations WHERE person_id = :p ORDER BY is_primary"),
                {"p": person},
            )
        ).all()
    assert [tuple(row) for row in rows] == [(False, "partner_personnel"), (True, "partner_personnel")]


async def test_it_is_bound_to_its_address_and_un_personnel_are_refused(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "bound-co", OTHER_LEARNER)
    secret = _secret(await link_of(settings, await invite(client, "bound-co", hers, COLLEAGUE)))
    async with database.transaction() as session:
        other = await get_actor(session, cast.ids[LEARNER])
        with pytest.raises(InvitationForAnother):
            await service.accept(session, acting=other, secret=secret)
        own = await get_actor(session, cast.ids[COLLEAGUE])
        with pytest.raises(UnPersonnel):
            await service.accept(session, acting=own, secret=secret)
    assert await _accepts(database, secret) is UnPersonnel
    async with database.reading() as session:
        joined = text("SELECT count(*) FROM affiliations WHERE person_id = :p AND partner_id IS NOT NULL")
        assert await session.scalar(joined, {"p": cast.ids[COLLEAGUE]}) == 0


async def test_a_person_known_without_an_account_gets_one(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "known-co", OTHER_LEARNER)
    async with database.transaction() as session:
        person = await session.scalar(
            text(
                """INSERT INTO persons (id, name, sort_key, email, email_key, language, languages, background,
                                        time_zone, revision, created_at)
                   VALUES (gen_random_uuid(), 'Grace Retired', 'grace', 'grace@old.example', 'grace@old.example',
                           'en', '{}', '{}', 'UTC', 1, now()) RETURNING id"""
            )
        )
        former = """INSERT INTO affiliations (id, person_id, entity_id, kind, is_primary, working_time_percent,
                           from_on, revision, created_at)
                    SELECT gen_random_uuid(), :p, id, 'former', true, 100, '2020-01-01', 1, now()
                      FROM entities WHERE key = 'uneo'"""
        await session.execute(text(former), {"p": person})
    secret = _secret(await link_of(settings, await invite(client, "known-co", hers, "grace@old.example")))
    assert await _accepts(database, secret, password="grace retired") is WeakPassword
    _, accepted = await _accept(database, secret, name="Not Her Name")
    assert accepted == person
    people = (await client.get(f"{API}/known-co/people", headers=hers)).json()["items"]
    assert [(each["name"], each["email"]) for each in people] == [("Grace Retired", "grace@old.example")]


async def test_the_room_above_is_told_its_purpose(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    await make_partner(client, cast, "purpose-co", OTHER_LEARNER)
    purpose = Purpose("session", uuid4(), "Cold chains, 3 March", "/courses")
    async with database.transaction() as session:
        partner = await session.scalar(text("SELECT id FROM partners WHERE key = 'purpose-co'"))
        acting = await get_actor(session, cast.ids[OTHER_LEARNER])
        invited = [
            (
                await service.invite(
                    session, acting=acting, partner_id=partner, email="p@firm.example", name=None,
                    language="en", purpose=each, days=7,
                )
            ).id
            for each in (purpose, purpose, Purpose("session", uuid4()))
        ]  # fmt: skip
    assert len(set(invited)) == 2
    letter = (await letter_of(settings, {"id": invited[0]})).get_content()
    assert "Cold chains, 3 March" in letter
    await _accept(database, _secret(await link_of(settings, {"id": invited[0]})))
    async with database.reading() as session:
        told = await session.scalar(
            text("SELECT data FROM events WHERE type = 'people.invitation_accepted' AND subject_id = :id"),
            {"id": invited[0]},
        )
    assert (told["purpose_kind"], told["purpose_id"]) == ("session", str(purpose.id))


# -- people of a partner -----------------------------------------------------------------------------------


async def test_a_partner_s_people_are_their_coordinator_s_to_see_and_to_let_go(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "leaving-co", OTHER_LEARNER)
    made = await invite(client, "leaving-co", hers, "leaver@firm.example")
    _, person = await _accept(database, _secret(await link_of(settings, made)))
    path = f"{API}/leaving-co/people"
    assert [each["id"] for each in (await client.get(path, headers=hers)).json()["items"]] == [str(person)]
    for email in (FOCAL_POINT, ADMIN, COORDINATOR, SENIOR, HR):
        assert "leaver@firm" not in (await client.get(path, headers=cast.token(email))).text, email
    end = f"{path}/{person}/end"
    refused = await client.post(end, json={"until_on": "2020-01-01"}, headers=hers)
    assert [each["pointer"] for each in refused.json()["errors"]] == ["/until_on"]
    assert (await client.post(end, json={}, headers=cast.token(FOCAL_POINT))).status_code == 404
    assert (await client.post(end, json={}, headers=hers)).status_code == 204
    today = clock.today().isoformat()
    assert (await client.get(path, headers=hers)).json()["items"][0]["until_on"] == today
    async with database.transaction() as session:
        back = {"p": person, "day": clock.today() - timedelta(days=1)}
        await session.execute(
            text("UPDATE affiliations SET until_on = :day, from_on = :day WHERE person_id = :p"), back
        )
    assert (await client.get(path, headers=hers)).json()["items"] == []
    assert (await client.post(end, json={}, headers=hers)).status_code == 404
    again = await invite(client, "leaving-co", hers, "leaver@firm.example")
    assert again["id"] != made["id"]


async def test_a_coordinator_is_not_let_go_by_the_way(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database
) -> None:
    hers = await make_partner(client, cast, "keeping-co", OTHER_LEARNER)
    made = await invite(client, "keeping-co", hers, "keeper@firm.example")
    _, person = await _accept(database, _secret(await link_of(settings, made)))
    grant = await appoint(client, cast, "keeping-co", "keeper@firm.example")
    end = f"{API}/keeping-co/people/{person}/end"
    assert (await client.post(end, json={}, headers=hers)).status_code == 409
    taken = await client.delete(f"{API}/keeping-co/coordinators/{grant}", headers=cast.token(ADMIN))
    assert taken.status_code == 204
    assert (await client.post(end, json={}, headers=hers)).status_code == 204
