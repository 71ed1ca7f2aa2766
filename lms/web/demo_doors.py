"""The demo's doors on the first page: one button a role. Only where a demo's accounts stand beside the server."""

import json
from dataclasses import dataclass

from lms.settings import Settings


@dataclass(frozen=True, slots=True)
class Door:
    """A demo sign-in, shown because the demo's people are nobody."""

    role: str
    email: str
    password: str


def demo_doors(settings: Settings) -> list[Door]:
    """One door for each role; none in production, none without a demo."""
    path = settings.var_dir / "demo-accounts.json"
    if settings.environment == "production" or not path.is_file():
        return []
    accounts = json.loads(path.read_text(encoding="utf-8"))
    doors: dict[str, Door] = {}
    for each in accounts:
        doors.setdefault(each["role"], Door(each["role"], each["email"], each["password"]))
    return list(doors.values())
