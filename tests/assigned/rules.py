"""Rules made over the API, and the days that pass for them."""

from datetime import date, timedelta
from typing import Any

from httpx2 import AsyncClient

from lms.kernel import clock
from tests.cast import HR, Cast

API = "/api/v1"
COURSE = "partnership-essentials"


def in_days(number: int) -> str:
    return (clock.today() + timedelta(days=number)).isoformat()


async def ask(client: AsyncClient, method: str, path: str, headers: dict[str, str], **sent: Any) -> Any:
    return await client.request(method, f"{API}{path}", json=sent or None, headers=headers)


async def draft(client: AsyncClient, cast: Cast, by: str = HR, **more: Any) -> dict[str, Any]:
    """A rule written down: by human resources, for the Environment Office, unless `more` says otherwise."""
    due = {} if {"due_on", "due_days"} & set(more) else {"due_on": in_days(60)}
    course = {} if "programme" in more else {"course": COURSE}
    answer = await ask(
        client, "POST", "/assignment-rules", cast.token(by), **{"entity": "uneo", **course, **due, **more}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def act(client: AsyncClient, cast: Cast, rule: dict[str, Any], verb: str, by: str = HR) -> Any:
    """Activate or end a rule as it stands."""
    headers = cast.token(by) | {"If-Match": "*"}
    return await client.post(f"{API}/assignment-rules/{rule['id']}/{verb}", headers=headers)


async def active(client: AsyncClient, cast: Cast, by: str = HR, **more: Any) -> dict[str, Any]:
    """A rule that assigns."""
    answer = await act(client, cast, await draft(client, cast, by, **more), "activate", by)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def listed(client: AsyncClient, path: str, headers: dict[str, str]) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    glue, cursor = "&" if "?" in path else "?", ""
    while True:
        answer = await client.get(f"{API}{path}{glue}limit=3{cursor}", headers=headers)
        assert answer.status_code == 200, answer.text
        items += answer.json()["items"]
        if answer.json()["next_cursor"] is None:
            return items
        cursor = f"&cursor={answer.json()['next_cursor']}"


async def own(client: AsyncClient, cast: Cast, email: str, rule: dict[str, Any]) -> dict[str, Any]:
    """The assignment that somebody has from a rule."""
    found = await listed(client, "/me/assignments", cast.token(email))
    return [each for each in found if each["rule"] == rule["id"]][-1]


def day(text: str) -> date:
    return date.fromisoformat(text)
