"""CSV files for tests of imports, made from a few columns."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from httpx2 import AsyncClient

ROW = {
    "personnel_number": "N-1",
    "name": "Nadia Haddad",
    "email": "nadia@people.example",
    "entity": "uneo-kenya",
    "from": "2025-01-15",
}


def row(number: int | str = 1, **changes: str) -> dict[str, str]:
    """A sound line; each number is another person."""
    own = {
        "personnel_number": f"N-{number}",
        "name": f"Nadia Haddad {number}",
        "email": f"nadia.{number}@people.example",
    }
    return {**ROW, **own, **{name.rstrip("_"): value for name, value in changes.items()}}


def table(*rows: Mapping[str, str], separator: str = ",") -> str:
    """The lines as a file; columns are those of any line."""
    columns = list(dict.fromkeys(name for each in rows for name in each))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, delimiter=separator, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


async def send(
    client: AsyncClient, who: dict[str, str], content: str | bytes, *, kind: str = "people", query: str = ""
) -> Any:
    """The answer to a file that was sent."""
    body = content.encode() if isinstance(content, str) else content
    headers = {**who, "Content-Type": "text/csv"}
    return await client.post(f"/api/v1/imports/{kind}{query}", content=body, headers=headers)


async def taken(
    client: AsyncClient, who: dict[str, str], *rows: Mapping[str, str], kind: str = "people", query: str = ""
) -> dict[str, Any]:
    """The import of these lines, which must have been accepted."""
    answer = await send(client, who, table(*rows), kind=kind, query=query)
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def outcomes(answer: Mapping[str, Any]) -> list[str]:
    """What became of each line."""
    return [each["outcome"] for each in answer["results"]]


def errors(answer: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Line and pointer of everything that was wrong."""
    return [(each["line"], fault["pointer"]) for each in answer["results"] for fault in each["errors"]]


def sentences(answer: Mapping[str, Any]) -> Sequence[str]:
    """What was said of each thing that was wrong."""
    return [fault["detail"] for each in answer["results"] for fault in each["errors"]]
