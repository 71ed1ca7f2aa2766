"""The list of courses over the API: every filter narrows as it says, and words in six languages find."""

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from httpx2 import AsyncClient

from lms.catalogue.beside import library_beside
from lms.catalogue.domain import Edition, Taxonomy
from lms.catalogue.loader import Library, load_library
from lms.catalogue.service import publish_library
from lms.kernel.database import Database
from lms.settings import Settings
from tests.cast import ADMIN, Cast

COURSES = "/api/v1/courses"
ALL = {"limit": "200"}


@pytest.fixture(scope="module")
def library(settings: Settings) -> Library:
    return library_beside(settings.courses_dir)


async def found(client: AsyncClient, cast: Cast, **filters: str) -> set[str]:
    answer = await client.get(COURSES, params=ALL | filters, headers=cast.token(ADMIN))
    assert answer.status_code == 200, answer.text
    return {each["key"] for each in answer.json()["items"]}


def keys(editions: Iterable[Edition]) -> set[str]:
    return {edition.key for edition in editions}


def tags_of(edition: Edition, taxonomy: Taxonomy) -> Iterator[tuple[str, str]]:
    """Filters that must find this course."""
    course = edition.course
    for taught in course.teaches:
        yield "competency", taught.competency
        yield "skill_area", taxonomy.area_of(taught.competency).key
    yield from (("focus", key) for key in course.focuses or [each.key for each in taxonomy.focuses])
    yield from (("modality", key) for key in course.modalities or [each.key for each in taxonomy.modalities])
    yield from (("language", key) for key in course.languages)
    yield from (("audience", key) for key in course.audiences)
    yield "provider", course.provider


async def test_every_filter_shows_the_courses_that_have_the_tag_and_no_other(
    client: AsyncClient, cast: Cast, library: Library
) -> None:
    assert await found(client, cast) == keys(library.courses.values())
    by_tag: dict[tuple[str, str], set[str]] = {}
    for edition in library.courses.values():
        for tag in tags_of(edition, library.taxonomy):
            by_tag.setdefault(tag, set()).add(edition.key)
    for (name, value), expected in by_tag.items():
        assert await found(client, cast, **{name: value}) == expected, (name, value)
    assert await found(client, cast, focus="no-such-focus") == keys(
        each for each in library.courses.values() if not each.course.focuses
    )


async def test_filters_narrow_one_another(client: AsyncClient, cast: Cast) -> None:
    legal = await found(client, cast, skill_area="legal")
    french = await found(client, cast, language="fr")
    assert await found(client, cast, skill_area="legal", language="fr") == legal & french


async def test_a_title_is_found_by_its_own_words_in_every_language(
    client: AsyncClient, cast: Cast, library: Library
) -> None:
    for edition in library.courses.values():
        for words in edition.texts.values():
            assert edition.key in await found(client, cast, q=words.title), words.title
            assert edition.key in await found(client, cast, q=words.title.upper()[:-1]), words.title


@pytest.mark.parametrize("word", ["法律", "القانونية", "juridiques", "JURIDICOS", "Правовые"])
async def test_what_a_course_is_about_is_found_in_languages_it_is_not_written_in(
    word: str, client: AsyncClient, cast: Cast
) -> None:
    assert "legal-foundations" in await found(client, cast, q=word)


async def test_a_new_vocabulary_reaches_courses_that_have_not_changed(
    client: AsyncClient, cast: Cast, settings: Settings, database: Database, tmp_path: Path
) -> None:
    assert not await found(client, cast, q="Zzyzx")
    folder = Path(shutil.copytree(settings.courses_dir, tmp_path / "courses"))
    file = folder / "taxonomy.yaml"
    file.write_text(file.read_text().replace("{en: Legal,", "{en: Legal Zzyzx,", 1))
    async with database.transaction() as session:
        assert not await publish_library(session, load_library(folder), acting=None)
    assert "legal-foundations" in await found(client, cast, q="Zzyzx")
