"""Differences and impact over the API: what an author is told before publishing, and of whom nothing is told."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from lms.catalogue.impact import rows_of
from lms.catalogue.service import Impact, Touched, impact_of, publish_library
from lms.kernel.database import Database
from lms.kernel.small_cells import LEAST
from tests.cast import AUTHOR, COLLEAGUE, HR, LEARNER, SUPERVISOR, Cast
from tests.catalogue.small_library import load, spoil, write_library
from tests.journeys.learning import enrol

COURSE = "first-steps"


@pytest.fixture(scope="module")
async def published(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two versions of the small library's first course, published; its folder."""
    root = write_library(tmp_path_factory.mktemp("courses"))
    async with database.transaction() as session:
        await publish_library(session, load(root), acting=None)
    spoil(root, f"{COURSE}/course.yaml", "pass_mark: 75", "pass_mark: 80")
    spoil(root, f"{COURSE}/en/four-papers.md", "The report says so", "The old report said so twice")
    async with database.transaction() as session:
        await publish_library(session, load(root), acting=None)
    return root


async def read(client: AsyncClient, cast: Cast, path: str, status: int = 200, email: str = AUTHOR) -> Any:
    answer = await client.get(f"/api/v1/courses/{path}", headers=cast.token(email))
    assert answer.status_code == status, answer.text
    return answer.json()


async def test_what_differs_is_told_by_activity(client: AsyncClient, cast: Cast, published: Path) -> None:
    found = await read(client, cast, f"{COURSE}/versions/2/difference")
    assert (found["from_version"], found["to_version"]) == (1, 2)
    assert {each["key"]: (each["standing"], each["aspects"]) for each in found["activities"]} == {
        "four-papers": ("changed", ["words"]),
        "papers-quiz": ("changed", ["pass_mark"]),
        "review-a-draft": ("same", []),
    }
    page = next(each for each in found["activities"] if each["key"] == "four-papers")
    assert page["words"] == [{"language": "en", "removed": 1, "added": 3}]
    back = await read(client, cast, f"{COURSE}/versions/1/difference?from=2")
    page = next(each for each in back["activities"] if each["key"] == "four-papers")
    assert page["words"] == [{"language": "en", "removed": 3, "added": 1}]
    same = await read(client, cast, f"{COURSE}/versions/2/difference?from=2")
    assert {each["standing"] for each in same["activities"]} == {"same"}


async def test_versions_are_listed_and_paged(client: AsyncClient, cast: Cast, published: Path) -> None:
    first = await read(client, cast, f"{COURSE}/versions?limit=1")
    assert [(each["number"], each["is_current"]) for each in first["items"]] == [(1, False)]
    rest = await read(client, cast, f"{COURSE}/versions?limit=1&cursor={first['next_cursor']}")
    assert [(each["number"], each["is_current"]) for each in rest["items"]] == [(2, True)]
    assert rest["next_cursor"] is None


async def test_what_there_is_not_is_said(client: AsyncClient, cast: Cast, published: Path) -> None:
    for path in (
        f"{COURSE}/versions/9/difference",
        f"{COURSE}/versions/2/difference?from=9",
        "none/versions/1/difference?from=1",
    ):
        assert (await read(client, cast, path, 404))["type"] == "/problems/version-not-found"
    assert (await read(client, cast, f"{COURSE}/versions/1/difference", 422))["errors"][0][
        "pointer"
    ] == "/query/from"
    assert (await read(client, cast, f"{COURSE}/versions/0/difference", 422))["errors"]
    await read(client, cast, f"{COURSE}/versions/2/difference", 403, LEARNER)
    await read(client, cast, f"{COURSE}/versions", 403, HR)


async def test_the_impact_counts_whole_organisations_and_hides_the_few(
    app: FastAPI, client: AsyncClient, cast: Cast, published: Path, database: Database
) -> None:
    for email in (LEARNER, COLLEAGUE, SUPERVISOR):
        await enrol(client, cast.token(email), COURSE)
    folder = published.parent / "changed"
    shutil.copytree(published, folder)
    spoil(folder, f"{COURSE}/course.yaml", "change: minor", "change: material\n  renew_by: 2027-12-31")
    async with database.reading() as session:
        (impact,) = await impact_of(session, load(folder))
    assert [(each.entity, each.organisation, each.in_progress) for each in impact.by_entity] == [
        ("uneo-kenya", "uneo", 3)
    ]
    settings = app.state.settings
    app.state.settings = settings.model_copy(update={"courses_dir": folder})
    try:
        answer = await client.post(
            "/api/v1/library/publications", json={"dry_run": True}, headers=cast.token(AUTHOR)
        )
    finally:
        app.state.settings = settings
    (edition,) = answer.json()["editions"]
    assert (edition["change"], edition["renew_by"], edition["number"]) == ("material", "2027-12-31", 3)
    assert (edition["in_progress"], edition["completed"]) == (None, 0)
    assert [(each["entity"], each["in_progress"]) for each in edition["by_entity"]] == [("uneo", None)]


people = st.integers(0, 12)
touched = st.builds(
    lambda entity, root, going, holding, lapsed: Touched(entity, root, going, holding + lapsed, holding),
    st.sampled_from("abcdef"), st.sampled_from(["one", "two", "three"]), people, people, people,
)  # fmt: skip


@given(st.lists(touched, max_size=8))
def test_no_small_figure_is_shown_or_follows_from_those_that_are(by_entity: list[Touched]) -> None:
    rows = rows_of(Impact("course", "minor", 2, None, tuple(by_entity)))
    for row in rows:
        for figure in (row.in_progress, row.completed, row.holding):
            assert figure is None or figure == 0 or figure >= LEAST
        if row.completed is not None and row.holding is not None:
            assert row.completed - row.holding == 0 or row.completed - row.holding >= LEAST
    for name in ("in_progress", "completed", "holding"):
        figures = [getattr(row, name) for row in rows]
        if figures and figures[0] is not None:
            assert figures[1:].count(None) != 1, "the whole without the others would tell the one"


def test_offices_are_added_up_to_their_organisation() -> None:
    parts = (Touched("a", "one", 3, 9, 9), Touched("b", "one", 4, 1, 1), Touched("c", "two", 7, 10, 10))
    whole, one, two = rows_of(Impact("course", "minor", 2, None, parts))
    assert (one.in_progress, one.completed, one.holding) == (7, 10, 10)
    assert (whole.organisation, whole.in_progress, two.completed) == (None, 14, 10)
    assert rows_of(Impact("course", "minor", 1, None, ())) == []
