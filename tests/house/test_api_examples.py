"""The examples of the API guide run as they stand there, in their order, as the people they name."""

import re
import shlex
from typing import Any

from httpx2 import AsyncClient

from lms.settings import PROJECT
from tests.cast import AUTHOR, FOCAL_POINT, HR, LEARNER, Cast

GUIDE = PROJECT / "docs" / "api.md"


def _calls() -> list[tuple[str, str, str | dict[str, str] | None, dict[str, str], str]]:
    """Method, path, body (a form as fields), headers and who asks, of every curl in the guide."""
    blocks = re.findall(r"```bash\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.S)
    calls = []
    for block in blocks:
        asker = next((each for each in (HR, AUTHOR, FOCAL_POINT) if each in block), LEARNER)
        for command in re.findall(r"^curl .*?(?=^\w|^#|\Z)", block, re.S | re.M):
            words = shlex.split(command)
            method = words[words.index("-X") + 1] if "-X" in words else "GET"
            form = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "-F")
            body = words[words.index("-d") + 1] if "-d" in words else form or None
            path = next(word.removeprefix("$API") for word in words if word.startswith("$API"))
            sent = [words[at + 1].split(": ", 1) for at, word in enumerate(words) if word == "-H"]
            calls.append((method, path, body, dict(sent), asker))
    return calls


async def test_every_example_of_the_api_guide_runs(client: AsyncClient, cast: Cast) -> None:
    calls = _calls()
    assert len(calls) >= 9
    names: dict[str, str] = {}
    for method, path, body, sent, asker in calls:
        for name, value in names.items():
            path = path.replace(f"${name}", value)
        headers = sent | cast.token(asker)
        if isinstance(body, dict):
            answer = await client.request(method, f"/api/v1{path}", data=body, headers=headers)
        else:
            headers |= {"Content-Type": "application/json"}
            answer = await client.request(method, f"/api/v1{path}", content=body, headers=headers)
        assert answer.status_code in (200, 201), f"{method} {path}: {answer.text}"
        names |= _names(path, answer.json())


def _names(path: str, answer: dict[str, Any]) -> dict[str, str]:
    """What later examples take from this answer."""
    if path == "/enrolments":
        activities = [each for module in answer["modules"] for each in module["activities"]]
        first = {each["kind"]: each["key"] for each in reversed(activities)}
        return {"ENROLMENT": answer["id"], "PAGE": first["page"], "QUIZ": first["quiz"]}
    if path.startswith("/people?"):
        return {"PERSON": answer["items"][0]["id"]}
    made = {
        "/attempts": "ATTEMPT",
        "/prior-learning": "REQUEST",
        "/equivalences": "EQUIVALENCE",
        "/assignment-rules": "RULE",
        "/contacts": "CONTACT",
        "/needs": "NEED",
    }
    return {name: answer["id"] for end, name in made.items() if path.endswith(end) and "id" in answer}
