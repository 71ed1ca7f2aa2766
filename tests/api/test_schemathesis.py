"""The OpenAPI document held against the server: as four roles, no 5xx, no undocumented answer, answers as described.

A third of the examples fits the document, a third names what is really there as well, so that routes get further
than "there is no such thing", and a third does not fit and must be refused.
"""

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import uvicorn
from httpx2 import AsyncClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from pydantic import SecretStr
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from lms.app import create_app
from lms.kernel.access import Permission
from lms.people.domain import PERMISSIONS_BY_ROLE, Role
from lms.people.permits import Permit
from lms.settings import Settings
from tests.cast import ADMIN, ASSESSOR, HR, LEARNER, Cast
from tests.journeys.learning import enrol
from tests.rights.test_routes import routes

CHECKED = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.allow_header_conformance,
]
# Reading all courses from disk takes seconds; a file is made whole before it is sent.
SLOW = {
    "POST /api/v1/library/publications",
    "GET /api/v1/library/check",
    "GET /api/v1/reports/recognition.pdf",
}
EXAMPLES = int(os.environ.get("LMS_TEST_EXAMPLES", "15"))

nowhere = Settings(database_url=SecretStr("postgresql://nobody@127.0.0.1:1/nothing"), jobs_in_server=False)
document = schemathesis.openapi.from_dict(create_app(nowhere).openapi())
operations = {each.ok().label: each.ok() for each in document.get_all_operations()}
permissions = {
    name.replace(" ", " /api/v1"): each.call.permission
    for name, context in routes(create_app(nowhere))
    for each in context.dependant.dependencies
    if isinstance(each.call, Permit)
}
ROLES = {LEARNER: None, HR: Role.HR_OFFICER, ADMIN: Role.ADMIN, ASSESSOR: Role.ASSESSOR}


def examples_for(label: str, role: Role | None) -> int:
    """Few where the permit refuses whatever is sent, and where an answer costs much."""
    held = {Permission.SELF} | (PERMISSIONS_BY_ROLE[role] if role else set())
    return 3 if label in SLOW or permissions[label] not in held else EXAMPLES


@pytest.fixture(scope="module")
def address(settings: Settings) -> Iterator[str]:
    """A server of its own in a thread: the client under test is not asynchronous."""
    server = uvicorn.Server(uvicorn.Config(create_app(settings), port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
async def there(client: AsyncClient, cast: Cast) -> dict[str, Any]:
    """What is really there, by the name of a parameter."""
    headers = cast.token(LEARNER)
    enrolment = (await enrol(client, headers, "partnership-essentials"))["id"]
    activities = f"/api/v1/enrolments/{enrolment}/activities"
    attempt = await client.post(f"{activities}/answer-the-offer/attempts", headers=headers)
    words = {"words": "My proposal."}
    work = await client.post(f"{activities}/judge-a-proposal/submissions", data=words, headers=headers)
    row = {"person": LEARNER, "course": "legal-foundations", "occurred_on": "2026-01-31", "source": "there"}
    batch = await client.post(
        "/api/v1/completions/batch", json={"completions": [row]}, headers=cast.token(HR)
    )
    sent = "personnel_number,name,email,entity,from\nT-1,There Is,there@is.example,uneo,2025-01-15\n"
    csv = {"Content-Type": "text/csv"} | cast.token(HR)
    made = await client.post("/api/v1/imports/people", content=sent, headers=csv)
    return {
        "enrolment_id": enrolment,
        "attempt_id": attempt.json()["id"],
        "submission_id": work.json()["id"],
        "completion_id": batch.json()["results"][0]["id"],
        "person_id": str(cast.ids[LEARNER]),
        "import_id": made.json()["id"],
        "person": LEARNER,
        "entity": "uneo",
        "course": "partnership-essentials",
        "from": "2026-01-01",
        "to": "2026-12-31",
    }


KEYS = {"activities": "answer-the-offer", "entities": "uneo", "courses": "legal-foundations"}


def made_up(case: Any) -> Any:
    """As generated."""
    return case


def really_there(case: Any, there: dict[str, Any]) -> Any:
    """With what is there in the place of what was made up, as far as the case has it."""
    key = next((key for part, key in KEYS.items() if f"/{part}/" in case.path), "legal-foundations")
    for place in (case.path_parameters, case.query, case.body):
        if isinstance(place, dict):
            place.update({name: value for name, value in (there | {"key": key}).items() if name in place})
    return case


@pytest.mark.parametrize("email", ROLES)
@pytest.mark.parametrize("label", operations)
def test_answers_are_as_documented(
    address: str, cast: Cast, there: dict[str, Any], label: str, email: str
) -> None:
    operation = operations[label]

    fitting = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    unfitting = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @given(case=fitting.map(made_up) | fitting.map(lambda case: really_there(case, there)) | unfitting)
    @hypothesis_settings(
        max_examples=examples_for(label, ROLES[email]),
        deadline=None,
        database=None,
        derandomize="LMS_TEST_EXAMPLES" not in os.environ,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Any) -> None:
        # Patient: what is asked is whether an answer is right, and reading all courses takes its time.
        case.call_and_validate(base_url=address, headers=cast.token(email), checks=CHECKED, timeout=60)

    check()
