"""What another entity's people have: a learner of the Relief Office half way through a course, and her HR officer."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import time_machine
from httpx2 import AsyncClient

from tests.cast import ADMIN, COORDINATOR, OTHER_HR, OTHER_LEARNER, Cast
from tests.joint_trainings.exchange_samples import introduced
from tests.joint_trainings.exchange_samples import need as need_of
from tests.joint_trainings.exchange_samples import offer as offer_of
from tests.joint_trainings.lesson_samples import WORDS as LESSON
from tests.joint_trainings.samples import API, RELIEF, accept_all, book, in_days, move, planned, propose
from tests.journeys.learning import enrol, read_page

COURSE, PAGE, QUIZ, WORK = (
    "partnership-essentials",
    "an-offer-of-cold-boxes",
    "answer-the-offer",
    "judge-a-proposal",
)
WORDS = "Words of hers that nobody of another entity reads"
PEOPLE_CSV = (
    "personnel_number,name,email,entity,from\nR-9001,Zubaida Unseen,zubaida@relief.example,unro,2025-01-15\n"
)


@dataclass(frozen=True)
class Foreign:
    """Ids for the parameters of routes, and strings that may stand in no answer to somebody else."""

    values: dict[str, str]
    secrets: tuple[str, ...]
    token: dict[str, str]


async def make_foreign(client: AsyncClient, cast: Cast) -> Foreign:
    """Everything that a route's parameter can name, belonging to the Relief Office."""
    hers, hr, admin = cast.token(OTHER_LEARNER), cast.token(OTHER_HR), cast.token(ADMIN)
    person = str(cast.ids[OTHER_LEARNER])
    enrolment = (await enrol(client, hers, COURSE))["id"]
    await read_page(client, hers, enrolment, PAGE)
    base = f"/api/v1/enrolments/{enrolment}/activities"
    attempt = await _made(client, f"{base}/{QUIZ}/attempts", hers)
    files = {"file": ("her-work.txt", b"her file", "text/plain")}
    work = await _made(client, f"{base}/{WORK}/submissions", hers, data={"words": WORDS}, files=files)
    token = await _made(client, "/api/v1/me/tokens", hers, json={"name": "hers"})
    grant = await _made(
        client, f"/api/v1/people/{person}/grants", admin, json={"role": "author", "entity": "unro"}
    )
    sent = await client.post(
        "/api/v1/imports/people", content=PEOPLE_CSV, headers=hr | {"Content-Type": "text/csv"}
    )
    assert sent.status_code == 202, sent.text
    days = {"from_on": "2031-01-01", "until_on": "2031-01-02"}
    absence = await _made(client, f"/api/v1/people/{person}/absences", hr, json=days)
    supervisor = cast.token("assessor.relief@demo.example")
    plan = await _made(client, f"/api/v1/people/{person}/plans", supervisor, json={"courses": [COURSE]})
    await _made(client, "/api/v1/me/calendar", hers)
    feed = (await client.get("/api/v1/me/calendar", headers=hers)).json()["items"][0]
    equivalence = {
        "held": "legal-foundations", "gives": COURSE, "entity": "unro", "from_on": "1999-01-01",
        "until_on": "1999-12-31", "reason": WORDS,
    }  # fmt: skip
    equivalence = await _made(client, "/api/v1/equivalences", hr, json=equivalence)
    asked = {"course": "legal-foundations", "words": WORDS}
    shown = {"files": ("her-work.txt", b"her certificate", "text/plain")}
    learning = await _made(client, "/api/v1/prior-learning", hers, data=asked, files=shown)
    preview = (await _made(client, "/api/v1/course-previews", admin, data={"folder": COURSE}))["id"]
    await _made(
        client, "/api/v1/partners", admin, json={"key": "relief-partner", "name": "R", "kind": "company"}
    )
    contact = await _made(
        client, "/api/v1/partners/relief-partner/contacts", admin, json={"name": "Zubaida Contact"}
    )
    signed = {"entity": "unro", "kind": "memorandum", "version": "1", "signed_on": "2026-01-01"}
    agreement = await _made(client, "/api/v1/partners/relief-partner/agreements", admin, data=signed)
    invitation = await _invited(client, cast)
    completions = (await client.get("/api/v1/completions", headers=hers)).json()["items"]
    rule, assignment, extension = await _assigned(client, hr, hers)
    values = {
        "person_id": person,
        "enrolment_id": enrolment,
        "attempt_id": attempt["id"],
        "submission_id": work["id"],
        "completion_id": completions[0]["id"],
        "token_id": token["id"],
        "grant_id": grant["id"],
        "import_id": sent.json()["id"],
        "plan_id": plan["id"],
        "absence_id": absence["id"],
        "request_id": learning["id"],
        "file_id": learning["files"][0]["id"],
        "equivalence_id": equivalence["id"],
        "feed_id": feed["id"],
        "rule_id": rule,
        "assignment_id": assignment,
        "extension_id": extension,
        "contact_id": contact["id"],
        "agreement_id": agreement["id"],
        "invitation_id": invitation,
        **await _screened(client, cast, person),
        **await make_training(client, cast),
        "practice_id": await _practice(client, hers),
        **await make_booking(client, cast),
        **await _met(client, cast, person),
        **await make_exchange(client, cast),
        **await make_lesson(client, cast),
        "assessor_id": person,
        "course": "no-such-course",
        "number": "1",
        "kind": "pre_test",
        "value_id": str(uuid4()),
        "level": "reaction",
        "preview_id": preview,
    }
    name = (await client.get("/api/v1/me", headers=hers)).json()["name"]
    secrets = (
        name,
        json.dumps(name),
        OTHER_LEARNER,
        WORDS,
        "her-work",
        "Carlos Mendoza",
        OTHER_HR,
        "Zubaida",
    )
    return Foreign(values, secrets, {"Authorization": f"Bearer {token['token']}"})


async def _invited(client: AsyncClient, cast: Cast) -> str:
    """An invitation to the Relief Office's partner, by its own coordinator."""
    path, theirs = "/api/v1/partners/relief-partner", "assessor.relief@demo.example"
    await _made(client, f"{path}/coordinators", cast.token(ADMIN), json={"person": theirs})
    sent = {"email": "zubaida@firm.example", "name": "Zubaida Invited"}
    made = await _made(client, f"{path}/invitations", cast.token(theirs), json=sent)
    return str(made["id"])


async def _assigned(client: AsyncClient, hr: dict[str, str], hers: dict[str, str]) -> tuple[str, str, str]:
    """A rule of the Relief Office, what it assigned to her, and the time she asks for."""
    soon, later = ((date.today() + timedelta(days=days)).isoformat() for days in (40, 80))
    terms = {"entity": "unro", "course": "budgeting-a-partnership", "due_on": soon}
    rule = (await _made(client, "/api/v1/assignment-rules", hr, json=terms))["id"]
    path = f"/api/v1/assignment-rules/{rule}/activate"
    assert (await client.post(path, headers=hr | {"If-Match": "*"})).status_code == 200
    found = (await client.get("/api/v1/me/assignments", headers=hers)).json()["items"]
    assignment = next(each["id"] for each in found if each["rule"] == rule)
    asked = {"until": later, "reason": WORDS}
    extension = await _made(client, f"/api/v1/assignments/{assignment}/extensions", hers, json=asked)
    return rule, assignment, extension["id"]


async def _screened(client: AsyncClient, cast: Cast, person: str) -> dict[str, str]:
    """A decision and a warning of the Relief Office about its partner, and its circle."""
    officer, manager = cast.token(OTHER_HR), "assessor.relief@demo.example"
    role = {"role": "screening_officer", "entity": "unro"}
    await _made(client, f"/api/v1/people/{cast.ids[OTHER_HR]}/grants", cast.token(ADMIN), json=role)
    path, day = "/api/v1/partners/relief-partner", {"entity": "unro", "occurred_on": "2026-01-01"}
    decision = day | {"scope": "partnership", "effort": "full", "may_proceed": True}
    decision |= {"valid_until": "2199-01-01", "reference": WORDS}
    warning = day | {"category": "labour", "source_kind": "media", "facts": WORDS}
    circle = {"entity": "unro", "person": manager}
    return {
        "fact_id": (await _made(client, f"{path}/decisions", officer, json=decision))["id"],
        "warning_id": (await _made(client, f"{path}/warnings", officer, json=warning))["id"],
        "member_id": (await _made(client, "/api/v1/screening-circle", officer, json=circle))["id"],
    }


async def _practice(client: AsyncClient, hers: dict[str, str]) -> str:
    """What she did with the Relief Office's partner, waiting to be attested."""
    sent = {"role": WORDS, "partner": "relief-partner", "from_on": "2026-01-01", "outcome": WORDS}
    sent |= {"place": "Goma", "levels": {"facilitation": 2}}
    made = str((await _made(client, "/api/v1/practice", hers, json=sent))["id"])
    assert (await client.post(f"/api/v1/practice/{made}/submit", headers=hers)).status_code == 200
    return made


async def make_training(client: AsyncClient, cast: Cast) -> dict[str, str]:
    """A training of the Relief Office and one of its units, and its hosts."""
    hosts = [{"entity": RELIEF}, {"entity": "unro-congo"}]
    training = await propose(client, cast, by=COORDINATOR, hosts=hosts, title=WORDS)
    known = {"training_id": training["id"], "host_id": training["hosts"][1]["id"]}
    return known | await _agreed_on(client, cast, training)


async def _agreed_on(client: AsyncClient, cast: Cast, training: dict[str, Any]) -> dict[str, str]:
    """What is written down of it, and who signs for the Relief Office."""
    path, headers, officer = f"{API}/{training['id']}", cast.token(COORDINATOR), cast.token(OTHER_HR)
    cost = {
        "host": training["hosts"][0]["id"], "kind": "venue", "for_whom": "everyone", "what": WORDS,
        "is_cash": False, "amount": "10.00", "currency": "USD", "basis": WORDS,
    }  # fmt: skip
    indicator = {"name": WORDS, "unit": "people"}
    role = {"role": "legal_officer", "entity": "unro"}
    await _made(client, f"/api/v1/people/{cast.ids[OTHER_HR]}/grants", cast.token(ADMIN), json=role)
    authority = {"person": OTHER_LEARNER, "entity": "unro", "source": WORDS, "from_on": "2026-01-01"}
    costs = await _made(client, f"{path}/costs", headers, json=cost)
    indicators = await _made(client, f"{path}/indicators", headers, json=indicator)
    return {
        "cost_id": costs["items"][0]["id"],
        "indicator_id": indicators["items"][0]["id"],
        "authority_id": (await _made(client, "/api/v1/signing-authorities", officer, json=authority))["id"],
        "item": "insurance",
    }


async def make_booking(client: AsyncClient, cast: Cast) -> dict[str, str]:
    """A session of another training of theirs, which she booked and somebody else leads."""
    hosts = [{"entity": RELIEF}, {"entity": "unro-congo"}]
    training = await propose(client, cast, by=COORDINATOR, hosts=hosts, title=WORDS)
    await accept_all(client, cast, training)
    assert (await move(client, cast, training["id"], "published", by=COORDINATOR)).status_code == 201
    session = await planned(client, cast, training["id"], by=COORDINATOR, title=WORDS)
    booking = (await book(client, cast, session["id"], OTHER_LEARNER)).json()
    return {"session_id": session["id"], "booking_id": booking["id"]}


async def _met(client: AsyncClient, cast: Cast, person: str) -> dict[str, str]:
    """A session, a working group and an exchange of hers, from the time when she was a focal point."""
    hers, admin = cast.token(OTHER_LEARNER), cast.token(ADMIN)
    role = {"role": "focal_point", "entity": "unro"}
    grant = await _made(client, f"/api/v1/people/{person}/grants", admin, json=role)
    exchange = {"kind": "visit", "partner": "relief-partner", "from_on": "2026-01-05", "learned": WORDS}
    exchange |= {"until_on": "2026-01-06"}
    session = {"title": WORDS, "topic": "legal", "local_date": (date.today() + timedelta(days=9)).isoformat()}
    session |= {"local_time": "09:00", "time_zone": "Africa/Lubumbashi", "minutes": 30, "language": "ar"}
    session |= {"place": WORDS}
    made = {
        "exchange_id": (await _made(client, "/api/v1/me/focal-point/exchanges", hers, json=exchange))["id"],
        "topic_session_id": (await _made(client, "/api/v1/topic-sessions", hers, json=session))["id"],
    }
    with time_machine.travel(datetime.now(UTC) + timedelta(days=10)):  # then the session is over
        path = f"/api/v1/topic-sessions/{made['topic_session_id']}/carry-on"
        group = await _made(client, path, hers, json={"title": WORDS, "purpose": WORDS})
        made["working_group_id"] = group["id"]
    ended = await client.delete(f"/api/v1/grants/{grant['id']}", headers=admin)
    assert ended.status_code == 204, ended.text
    return made


async def make_exchange(client: AsyncClient, cast: Cast) -> dict[str, str]:
    """A need and an offer of the Relief Office, introduced to one another and then withdrawn from the others."""
    point = "assessor.relief@demo.example"
    role = {"role": "focal_point", "entity": RELIEF}
    await _made(client, f"/api/v1/people/{cast.ids[point]}/grants", cast.token(ADMIN), json=role)
    need = await need_of(client, cast, point, entity=RELIEF, words=WORDS)
    offer = await offer_of(client, cast, point, entity=RELIEF, words=WORDS)
    introduction = await introduced(client, cast, need, offer)
    for path in (f"needs/{need['id']}", f"offers/{offer['id']}"):
        answer = await client.post(f"/api/v1/{path}/withdraw", headers=cast.token(point))
        assert answer.status_code == 200, answer.text
    ids = {"need_id": need["id"], "offer_id": offer["id"], "introduction_id": introduction["id"]}
    return ids | {"act": "post"}


async def make_lesson(client: AsyncClient, cast: Cast) -> dict[str, str]:
    """The lesson of another training of theirs that is over, handed in, with a private part."""
    hosts, day = [{"entity": RELIEF}, {"entity": "unro-congo"}], in_days(-5).isoformat()
    training = await propose(client, cast, by=COORDINATOR, hosts=hosts, starts_on=day)
    await accept_all(client, cast, training)
    for to in ("published", "running", "closed"):
        assert (await move(client, cast, training["id"], to, COORDINATOR)).status_code == 201
    path, headers = f"/api/v1/joint-trainings/{training['id']}/lesson", cast.token(COORDINATOR)
    await _made(client, path, headers, json=LESSON | {"title": WORDS, "private_part": WORDS})
    sent = await client.post(f"{path}/submission", headers=headers | {"If-Match": "*"})
    assert sent.status_code == 200, sent.text
    return {"lesson_training_id": training["id"], "text_id": sent.json()["texts"][0]["id"]}


async def _made(client: AsyncClient, path: str, headers: dict[str, str], **sent: Any) -> dict[str, Any]:
    answer = await client.post(path, headers=headers, **sent)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
