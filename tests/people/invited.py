"""Invitations that tests send and open: by the partner's coordinator, with the link read from the letter."""

import email
import re
from email import policy
from typing import Any

from httpx2 import AsyncClient

from lms.jobs.worker import work_off
from lms.settings import Settings
from tests.cast import Cast
from tests.partners.samples import API, appoint, make

PASSWORD = "three quiet rivers meet here"


async def make_partner(client: AsyncClient, cast: Cast, key: str, coordinator: str) -> dict[str, str]:
    """A partner with a coordinator, who asks with the headers answered."""
    await make(client, cast, key)
    await appoint(client, cast, key, coordinator)
    return cast.token(coordinator)


async def invite(
    client: AsyncClient, key: str, headers: dict[str, str], address: str, **more: Any
) -> dict[str, Any]:
    """Invite an address; the answer."""
    sent = {"email": address} | more
    answer = await client.post(f"{API}/{key}/invitations", json=sent, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def letter_of(settings: Settings, invitation: dict[str, Any], sending: int = 1) -> Any:
    """The letter that went out, once the jobs are worked off."""
    await work_off(settings)
    path = settings.var_dir / "mail" / f"invited-{invitation['id']}-{sending}.eml"
    return email.message_from_bytes(path.read_bytes(), policy=policy.default)


async def link_of(settings: Settings, invitation: dict[str, Any], sending: int = 1) -> str:
    """The path of the page that the letter's link opens."""
    text = (await letter_of(settings, invitation, sending)).get_content()
    found = re.search(r"(/invitations/[\w-]{43})\n", text)
    assert found, text
    return found[1]
