"""Every route × every role, against another entity's data: refused as designed, and no word of it in any answer."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from httpx2 import AsyncClient

from lms.kernel.access import Permission
from lms.people.permits import Permit
from tests.cast import (
    ADMIN,
    ASSESSOR,
    COLLEAGUE,
    COORDINATOR,
    HR,
    LEARNER,
    OTHER_LEARNER,
    SENIOR,
    SUPERVISOR,
    VOLUNTEER,
    Cast,
)
from tests.joint_trainings.lesson_samples import WORDS as LESSON
from tests.joint_trainings.samples import session_values
from tests.rights.world import COURSE, PAGE, QUIZ, WORK, Foreign, make_foreign

PERIOD = "from=2020-01-01&to=2026-12-31"
ROLES = (LEARNER, COLLEAGUE, VOLUNTEER, SUPERVISOR, ASSESSOR, HR, SENIOR)

_LEVEL = {"competency": "agreement-clauses", "level": 3}
_EQUIVALENCE = {"held": COURSE, "gives": "legal-foundations", "entity": "unro", "from_on": "2020-01-01"}
_DIGEST = "0" * 64
_FACT = {"entity": "unro", "occurred_on": "2026-01-01", "reference": "Theirs."}
# What a route needs beside the ids in its path, so that nothing but the asker's rights can refuse it.
SENT: dict[str, dict[str, Any]] = {
    "POST /enrolments": {"json": {"course": COURSE, "person": "{person_id}"}},
    "PUT /enrolments/{enrolment_id}/activities/{key}/progress": {"json": {"state": "completed"}},
    "POST /course-previews": {"data": {"folder": "no-such-folder"}},
    "POST /enrolments/{enrolment_id}/move": {"json": {"version": 1}},
    "PUT /attempts/{attempt_id}/responses": {"json": {"responses": {}}},
    "POST /attempts/{attempt_id}/submit": {"json": {"responses": {}}},
    "POST /enrolments/{enrolment_id}/activities/{key}/submissions": {"data": {"words": "Mine."}},
    "POST /submissions/{submission_id}/assessment": {"json": {"points": {}}},
    "POST /completions/{completion_id}/revoke": {"json": {"reason": "Not hers."}},
    "POST /prior-learning": {"data": {"course": COURSE, "words": "Mine."}},
    "POST /prior-learning/{request_id}/confirm": {"json": {"levels": [_LEVEL], "words": "Hers."}},
    "POST /prior-learning/{request_id}/refuse": {"json": {"words": "Not hers."}},
    "POST /waivers": {
        "json": {"person": "{person_id}", "course": COURSE, "reason": "Hers.", "valid_until": "2026-12-31"}
    },
    "POST /equivalences": {"json": _EQUIVALENCE | {"reason": "Theirs."}},
    "POST /equivalences/preview": {"json": _EQUIVALENCE},
    "POST /equivalences/{equivalence_id}/withdraw": {"json": {"reason": "Not theirs."}},
    "POST /partners/{key}/contacts": {"json": {"name": "Somebody"}},
    "POST /partners/{key}/agreements": {
        "data": {"entity": "unro", "kind": "memorandum", "version": "1", "signed_on": "2026-01-01"}
    },
    "GET /partners/{key}/clearance": {"query": "entity=unro"},
    "GET /partners/{key}/screening": {"query": "entity=unro"},
    "POST /partners/{key}/decisions": {
        "json": _FACT
        | {"scope": "partnership", "effort": "full", "may_proceed": True, "valid_until": "2199-01-01"}
    },
    "POST /partners/{key}/exclusions": {"json": _FACT | {"on_list": "tobacco"}},
    "POST /partners/{key}/bids": {"json": _FACT},
    "POST /partners/{key}/waivers": {
        "json": {
            "entity": "unro",
            "waives": "baseline",
            "reason": "r",
            "conditions": "c",
            "valid_until": "2199-01-01",
        }
    },
    "POST /screening-facts/{fact_id}/revoke": {"json": {"reason": "Theirs."}},
    "POST /partners/{key}/warnings": {
        "json": {
            "entity": "unro",
            "category": "labour",
            "source_kind": "media",
            "facts": "f",
            "occurred_on": "2026-01-01",
        }
    },
    "POST /early-warnings/{warning_id}/steps": {
        "json": {"kind": "closed", "outcome": "unfounded", "words": "Theirs."}
    },
    "GET /screening-circle": {"query": "entity=unro"},
    "POST /screening-circle": {"json": {"entity": "unro", "person": OTHER_LEARNER}},
    "POST /partners/{key}/coordinators": {"json": {"person": OTHER_LEARNER}},
    "POST /partners/{key}/invitations": {"json": {"email": OTHER_LEARNER, "entity": "unro"}},
    "POST /me/focal-point/exchanges": {
        "json": {
            "kind": "visit",
            "partner": "relief-partner",
            "from_on": "2026-01-05",
            "until_on": "2026-01-06",
            "learned": "Mine.",
        }
    },
    "POST /topic-sessions": {
        "json": {
            "title": "Mine",
            "topic": "legal",
            "local_date": (date.today() + timedelta(days=9)).isoformat(),
            "local_time": "09:00",
            "time_zone": "UTC",
            "minutes": 30,
            "language": "en",
            "place": "Here",
        }
    },
    "PUT /topic-sessions/{topic_session_id}/notes": {"json": {"notes": "Hers.", "came": []}},
    "POST /topic-sessions/{topic_session_id}/carry-on": {"json": {"title": "Hers", "purpose": "Hers."}},
    "POST /working-groups/{working_group_id}/close": {"json": {"outcome": "Hers."}},
    "GET /me/focal-point": {},
    "PATCH /me/focal-point": {"json": {}},
    "GET /waivers": {"query": "person={person_id}"},
    "POST /people/{person_id}/grants": {"json": {"role": "hr_officer", "entity": "unro"}},
    "PATCH /people/{person_id}": {"json": {"name": "Somebody Else"}},
    "POST /people/{person_id}/absences": {"json": {"from_on": "2026-01-01", "until_on": "2026-02-01"}},
    "PATCH /people/{person_id}/absences/{absence_id}": {"json": {"until_on": "2031-01-05"}},
    "PUT /people/{person_id}/profile": {"json": {"profile": "legal-officer"}},
    "POST /people/{person_id}/plans": {"json": {"courses": [COURSE]}},
    "PUT /me/plan/courses/{course}": {"json": {"wish": "pinned"}},
    "PUT /me/learning-time": {"json": {"weekly_minutes": 60}},
    "POST /me/plan-proposals/{plan_id}/decision": {"json": {"decision": "accept"}},
    "POST /practice": {"json": {"role": "Mine.", "partner": "relief-partner", "from_on": "2026-01-01"}},
    "PUT /practice/{practice_id}": {
        "json": {"role": "Mine.", "partner": "relief-partner", "from_on": "2026-01-01"}
    },
    "POST /practice/{practice_id}/files": {"files": {"file": ("mine.txt", b"mine", "text/plain")}},
    "POST /practice/{practice_id}/attest": {"json": {"levels": {"facilitation": 2}, "words": "Hers."}},
    "POST /practice/{practice_id}/refuse": {"json": {"words": "Not hers."}},
    "POST /practice/{practice_id}/confirmations": {"json": {"contact": "{contact_id}"}},
    "POST /joint-trainings": {"json": {"title": "Theirs", "hosts": [{"entity": "unro"}]}},
    "POST /joint-trainings/{training_id}/moves": {"json": {"to": "cancelled", "reason": "Theirs."}},
    "POST /joint-trainings/{training_id}/hosts": {"json": {"entity": "uneo"}},
    "POST /joint-trainings/{training_id}/sessions": {"json": session_values()},
    "POST /me/bookings": {"json": {"session": "{session_id}"}},
    "PUT /me/facilitation/{session_id}": {"json": {"may_be_named": True}},
    "PATCH /sessions/{session_id}": {"json": {"title": "Taken over"}},
    "POST /sessions/{session_id}/cancellation": {"json": {"reason": "Theirs."}},
    "POST /sessions/{session_id}/facilitators": {"json": {"person": OTHER_LEARNER}},
    "POST /sessions/{session_id}/bookings": {"json": {"person": OTHER_LEARNER}},
    "POST /sessions/{session_id}/booking-imports": {"csv": f"email\n{OTHER_LEARNER}\n"},
    "POST /evaluations/{training_id}/reaction": {"json": {"scores": {}}},
    "POST /evaluations/{training_id}/tests/{kind}": {"json": {"responses": {}}},
    "POST /evaluations/{training_id}/behaviour": {"json": {"scores": {}}},
    "PUT /evaluations/{training_id}/consent": {"json": {"person": "{person_id}"}},
    "POST /evaluations/{training_id}/results": {
        "json": {"indicator": "{value_id}", "value": 1, "occurred_on": "2026-01-01", "source": "Theirs."}
    },
    "PUT /evaluations/{training_id}/test": {"json": {"activity": QUIZ}},
    "POST /sessions/{session_id}/check-in": {"json": {"code": "123456"}},
    "POST /sessions/{session_id}/attendance/marks": {
        "json": {"marks": [{"client_id": "theirs", "person": "0" * 32, "minutes": 5}]}
    },
    "POST /sessions/{session_id}/attendance/corrections": {
        "json": {"person": "{person_id}", "minutes": 5, "reason": "Theirs."}
    },
    "POST /sessions/{session_id}/attendance/signatures": {"json": {"host": "{host_id}", "digest": "0" * 64}},
    "POST /joint-trainings/{training_id}/assessments": {
        "json": {"person": "{person_id}", "levels": {"legal-instruments": 1}, "words": "Theirs."}
    },
    "POST /partners/{key}/assessors": {"json": {"person": OTHER_LEARNER}},
    "POST /needs": {"json": {"entity": "unro", "title": "Theirs"}},
    "POST /offers": {"json": {"entity": "unro", "title": "Theirs"}},
    "POST /introductions": {"json": {"need": "{need_id}", "offer": "{offer_id}"}},
    "POST /introductions/{introduction_id}/decline": {"json": {"words": "Theirs."}},
    "POST /joint-trainings/{training_id}/lesson": {"json": {"title": "Theirs"}},
    "PATCH /joint-trainings/{training_id}/lesson": {"json": {"title": "Theirs"}},
    "POST /joint-trainings/{training_id}/lesson/approvals": {"json": {"digest": "0" * 64}},
    "POST /joint-trainings/{training_id}/lesson/withdrawal": {"json": {"because": "Theirs."}},
    "POST /joint-trainings/{training_id}/lesson/translations": {"json": LESSON | {"language": "fr"}},
    "POST /joint-trainings/{training_id}/lesson/translations/{text_id}/review": {"json": {"accept": True}},
    "POST /lesson-reviews/{training_id}": {"json": {"outcome": "kept"}},
    "POST /joint-trainings/{training_id}/ex-ante-assessments": {"json": {"answers": {}}},
    "POST /joint-trainings/{training_id}/indicators": {"json": {"name": "Theirs", "unit": "people"}},
    "PUT /joint-trainings/{training_id}/checklist/{item}": {"json": {"answer": "yes"}},
    "POST /joint-trainings/{training_id}/costs": {
        "json": {
            "host": "{host_id}",
            "kind": "venue",
            "for_whom": "everyone",
            "what": "Theirs",
            "is_cash": False,
            "amount": "1",
            "currency": "USD",
            "basis": "Theirs",
        }
    },
    "PUT /joint-trainings/{training_id}/clauses/{key}": {"json": {"text": "Theirs."}},
    "POST /joint-trainings/{training_id}/agreement/clearances": {
        "json": {"digest": _DIGEST, "decision": "cleared"}
    },
    "POST /joint-trainings/{training_id}/agreement/signatures": {
        "json": {"host": "{host_id}", "digest": _DIGEST}
    },
    "POST /standard-agreement/clearances": {"json": {"entity": "unro", "digest": _DIGEST}},
    "POST /signing-authorities": {
        "json": {"entity": "unro", "person": OTHER_LEARNER, "source": "Theirs", "from_on": "2026-01-01"}
    },
    "POST /signing-authorities/{authority_id}/end": {"json": {"reason": "Theirs."}},
    **{
        f"POST /assignment-rules{end}": {
            "json": {"entity": "unro", "course": COURSE, "due_days": 30, "kinds": ["staff"]}
        }
        for end in ("", "/preview")
    },
    "PATCH /assignment-rules/{rule_id}": {"json": {"grades": ["P-2"]}},
    "GET /assignments": {"query": "person={person_id}"},
    "POST /assignments/{assignment_id}/extensions": {"json": {"until": "2099-01-01", "reason": "Not mine."}},
    "POST /extensions/{extension_id}/refuse": {"json": {"answer": "No."}},
    "PATCH /entities/{key}": {"json": {"name": "Taken over"}},
    "POST /entities": {"json": {"key": "unro-new", "name": "New", "kind": "unit", "parent": "unro"}},
    "GET /completions": {"query": "person={person_id}"},
    "GET /programme-completions": {"query": "person={person_id}"},
    "GET /skill-records": {"query": "person={person_id}"},
    "GET /people": {"query": "entity=unro"},
    "POST /imports/entities": {"csv": "key,name,kind,parent\nunro-x,X,unit,unro\n", "query": "entity=unro"},
    "POST /imports/people": {
        "csv": "personnel_number,name,email,entity,from\nX-1,Some One,some.one@x.example,unro,2025-01-15\n",
        "query": "entity=unro",
    },
    "GET /reports/learning-time.csv": {"query": "entity=unro&year=2026"},
    "GET /reports/completion.csv": {"query": f"entity=unro&course={COURSE}"},
    **{f"GET /reports/focal-points{end}": {"query": "entity=unro"} for end in ("", ".csv")},
    **{f"GET /reports/coverage{end}": {"query": "entity=unro"} for end in ("", ".csv", ".xlsx")},
    "GET /reports/coverage/competencies": {"query": "entity=unro&skill_area=legal&focus=humanitarian"},
    **{
        f"GET /reports/participation{end}": {"query": f"entity=unro&{PERIOD}"}
        for end in ("", ".csv", ".xlsx")
    },
    **{
        f"GET /reports/recognition{end}": {"query": f"entity=unro&{PERIOD}"}
        for end in ("", "/people/{person_id}", ".csv", ".xlsx", ".pdf")
    },
}
# The `key` of a path, by what it names; entities' and courses' own words are no secret.
KEYS = {"progress": PAGE, "attempts": QUIZ, "submissions": WORK}
OPEN_TO_ALL = {"GET /entities/{key}", "GET /courses/{key}", "GET /profiles/{key}", "GET /programmes/{key}"}
# Lists and acts that name nobody in the request: they may be answered, and must hold nothing of the others.
ABOUT_THE_ASKER = {
    "GET /me", "PATCH /me", "GET /entities", "GET /courses", "GET /taxonomy", "GET /enrolments",
    "POST /me/tokens", "POST /me/password", "GET /submissions", "GET /me/plan", "POST /me/plan",
    "PUT /me/learning-time", "GET /me/plan-proposals", "POST /me/calendar", "GET /me/calendar",
    "GET /people/{person_id}/plans",
    "POST /completions/batch", "GET /events", "GET /library/check", "POST /library/publications",
    "GET /profiles", "GET /programmes", "GET /equivalences",
    "POST /prior-learning", "GET /prior-learning", "GET /me/prior-learning",
    "GET /course-previews", "POST /course-previews",
    "GET /me/assignments", "GET /assignment-rules", "GET /extensions",
    "GET /partners", "POST /partners", "POST /imports/partners",
    "GET /joint-trainings", "GET /me/practice", "GET /practice", "POST /practice",
    "GET /sessions", "GET /bookings", "GET /me/bookings", "GET /attendance",
    "GET /focal-points", "GET /topic-sessions", "GET /working-groups",
    "GET /needs", "GET /offers", "GET /introductions",
    "GET /lessons", "GET /lesson-reviews",
    "GET /evaluations", "GET /me/evaluations", "GET /me/test-scores",
    "GET /evaluations/report", "GET /evaluations/report.csv",
    "GET /agreements/waiting", "GET /standard-agreement", "GET /signing-authorities",
}  # fmt: skip
# Who runs the system manages everybody's record and rights, and reads no one's answers, evidence or report.
ADMIN_MAY = {
    "GET /people/{person_id}", "PATCH /people/{person_id}", "GET /people/{person_id}/affiliations",
    "POST /people/{person_id}/absences", "GET /people/{person_id}/absences", "GET /people",
    "PATCH /people/{person_id}/absences/{absence_id}", "DELETE /people/{person_id}/absences/{absence_id}",
    "POST /people/{person_id}/grants",
    "GET /people/{person_id}/grants", "DELETE /grants/{grant_id}", "PATCH /entities/{key}", "POST /entities",
    "GET /course-previews/{preview_id}", "DELETE /course-previews/{preview_id}",  # made by the administrator
    "POST /imports/people", "POST /imports/entities", "GET /imports/{import_id}", "GET /imports/{import_id}/results",
}  # fmt: skip
# A coordinator sees every organisation as counts, and nobody in it.
COORDINATOR_MAY = {
    name
    for name in SENT
    if name.startswith(("GET /reports/coverage", "GET /reports/participation", "GET /reports/focal-points"))
}
# Who coordinates brings hosts together and may carry on the trainings of any.
COORDINATOR_HOSTS = (
    "/joint-trainings", "/introductions", "/sessions", "/bookings", "/lesson-reviews", "/evaluations",
)  # fmt: skip
# The register is about courses; who decided stands in it, and a coordinator's own decisions chain with the others.
COORDINATOR_READS = {"GET /equivalences", "GET /equivalences/{equivalence_id}"}


def routes(app: FastAPI) -> Iterator[tuple[str, RouteContext]]:
    """The API's routes as "GET /path" without the prefix."""
    for context in iter_route_contexts(app.routes):
        if isinstance(context.original_route, APIRoute) and context.path.startswith("/api/v1/"):
            for method in sorted(context.methods):
                yield f"{method} {context.path.removeprefix('/api/v1')}", context


@pytest.fixture(scope="module")
async def foreign(client: AsyncClient, cast: Cast) -> Foreign:
    return await make_foreign(client, cast)


async def ask(client: AsyncClient, name: str, foreign: Foreign, headers: dict[str, str]) -> Any:
    """Send the request of a route about what is `foreign`."""
    method, path = name.split(" ")
    sent = dict(SENT.get(name, {"json": {}} if method in ("POST", "PUT", "PATCH") else {}))
    query = sent.pop("query", "").format(**foreign.values)
    if "csv" in sent:
        sent["content"], headers = sent.pop("csv"), headers | {"Content-Type": "text/csv"}
    if "json" in sent:
        sent["json"] = {
            key: value.format(**foreign.values) if isinstance(value, str) else value
            for key, value in sent["json"].items()
        }
    key = next(
        (key for end, key in KEYS.items() if path.endswith(end)), PAGE if "activities" in path else "unro"
    )
    if name == "GET /courses/{key}":
        key = COURSE
    values = foreign.values | (
        {"training_id": foreign.values["lesson_training_id"]} if "lesson" in path else {}
    )
    url = f"/api/v1{path.format(**values, key=key)}" + (f"?{query}" if query else "")
    return await client.request(method, url, headers=headers | {"If-Match": "*"}, **sent)


def test_every_route_names_a_permission(app: FastAPI) -> None:
    found = dict(routes(app))
    assert len(found) > 40
    for name, context in found.items():
        permits = [each.call for each in context.dependant.dependencies if isinstance(each.call, Permit)]
        assert len(permits) == 1, f"{name} has no permit"
        assert permits[0].permission in Permission


def test_every_parameter_is_known_here(app: FastAPI, foreign: Foreign) -> None:
    """A new route with a parameter of its own must say here what of another entity's it can name."""
    for name, _ in routes(app):
        assert set(re.findall(r"{(\w+)}", name)) <= set(foreign.values) | {"key"}, name
        assert "{" in name or name in ABOUT_THE_ASKER or name in SENT, name


async def test_nothing_is_answered_to_nobody(app: FastAPI, client: AsyncClient, foreign: Foreign) -> None:
    for name, _ in routes(app):
        answer = await ask(client, name, foreign, {})
        assert answer.status_code == 401, f"{name}: {answer.status_code} {answer.text}"
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("email", [*ROLES, ADMIN, COORDINATOR])
async def test_another_entity_s_data_stays_there(
    app: FastAPI, client: AsyncClient, cast: Cast, foreign: Foreign, email: str
) -> None:
    for name, _ in routes(app):
        if (email == ADMIN and name in ADMIN_MAY) or name in OPEN_TO_ALL:
            continue
        if email == COORDINATOR and (
            name in COORDINATOR_READS or name.split()[1].startswith(COORDINATOR_HOSTS)
        ):
            continue
        answer = await ask(client, name, foreign, cast.token(email))
        said = f"{name} as {email}: {answer.status_code} {answer.text[:300]}"
        if email == COORDINATOR and name in COORDINATOR_MAY:
            assert answer.status_code == 200, said
        elif name not in ABOUT_THE_ASKER:
            assert answer.status_code in (403, 404), said
            assert answer.headers["content-type"] == "application/problem+json", said
        assert not [secret for secret in foreign.secrets if secret in answer.text], said
        assert answer.status_code < 500, said


async def test_the_secrets_looked_for_are_those_shown_to_their_owner(
    client: AsyncClient, cast: Cast, foreign: Foreign
) -> None:
    hers, ids = cast.token(OTHER_LEARNER), foreign.values
    shown = (await ask(client, "GET /completions/{completion_id}", foreign, hers)).text
    shown += (await ask(client, "GET /people/{person_id}", foreign, hers)).text
    path = f"/api/v1/submissions/{ids['submission_id']}"
    shown += (await client.get(path, headers=cast.token("assessor.relief@demo.example"))).text
    assert [secret for secret in foreign.secrets[:1] + foreign.secrets[2:5] if secret not in shown] == []


async def test_a_batch_about_another_entity_s_people_records_nothing(
    client: AsyncClient, cast: Cast, foreign: Foreign
) -> None:
    row = {"course": COURSE, "occurred_on": "2026-01-01", "source": "x"}
    for person in (foreign.values["person_id"], OTHER_LEARNER):
        sent = {"completions": [row | {"person": person}]}
        answer = await client.post("/api/v1/completions/batch", json=sent, headers=cast.token(HR))
        assert (answer.json()["recorded"], answer.json()["results"][0]["outcome"]) == (0, "refused")
        assert answer.json()["results"][0]["error"]["pointer"] == "/person"


async def test_a_list_narrowed_to_another_s_person_is_not_there(client: AsyncClient, cast: Cast) -> None:
    for email in (LEARNER, HR, SENIOR, ADMIN):
        for path in ("completions", "skill-records", "programme-completions"):
            answer = await client.get(
                f"/api/v1/{path}?person={quote(OTHER_LEARNER)}", headers=cast.token(email)
            )
            assert answer.status_code == 404, (email, path, answer.text)


async def test_what_was_refused_changed_nothing(client: AsyncClient, cast: Cast, foreign: Foreign) -> None:
    """Runs last in this file, after everybody has tried."""
    hers, ids = cast.token(OTHER_LEARNER), foreign.values
    enrolment = (await client.get(f"/api/v1/enrolments/{ids['enrolment_id']}", headers=hers)).json()
    states = {each["key"]: each["state"] for module in enrolment["modules"] for each in module["activities"]}
    done = {key: state for key, state in states.items() if state != "not_started"}
    assert done == {PAGE: "completed", QUIZ: "started", WORK: "submitted"}
    attempt = (await client.get(f"/api/v1/attempts/{ids['attempt_id']}", headers=hers)).json()
    assert (attempt["submitted_at"], attempt["responses"]) == (None, None)
    assignment = (await client.get(f"/api/v1/assignments/{ids['assignment_id']}", headers=hers)).json()
    assert [each["granted"] for each in assignment["extensions"]] == [None]
    completion = (await client.get(f"/api/v1/completions/{ids['completion_id']}", headers=hers)).json()
    assert completion["revoked_at"] is None
    me = (await client.get("/api/v1/me", headers=foreign.token)).json()
    assert me["name"] != "Somebody Else"
    assert me["grants"] == [{"role": "author", "entity": "unro"}]
