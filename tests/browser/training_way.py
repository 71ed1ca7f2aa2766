"""What a walk through a joint training needs: who is signed in where, forms by their names, links by their words."""

import os
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

from playwright.async_api import Error, Page, expect
from sqlalchemy import text

from lms.jobs.worker import work_off
from lms.kernel.database import Database
from lms.settings import Settings

Open = Callable[..., Awaitable[Page]]
PHONE = {"width": 360, "height": 740}
SHOTS = os.environ.get("LMS_SHOTS", "")
"""A folder for pictures of every step, where one wants to look at them."""


LESSON = {
    "title": "Read the draft aloud before the lawyers do",
    "context": "A day with programme people and engineers of Baobab Solar.",
    "done": "Two sides took a draft memorandum apart in groups of three.",
    "worked": "Reading clauses aloud showed which of them nobody could explain.",
    "failed": "The afternoon was too full, so that the budget table was never reached.",
    "again": "The groups again; half as many clauses.",
    "advice": "Send the draft a week ahead.",
}
IN_FRENCH = {
    "title": "Lire le projet à haute voix avant les juristes",
    "context": "Une journée avec des responsables de programme et des ingénieurs de Baobab Solar.",
    "done": "Les deux parties ont décortiqué un projet de mémorandum par groupes de trois.",
    "worked": "La lecture à haute voix a montré quelles clauses personne ne savait expliquer.",
    "failed": "L’après-midi était trop chargé : le tableau budgétaire n’a pas été abordé.",
    "again": "Les groupes, avec deux fois moins de clauses.",
    "advice": "Envoyer le projet une semaine à l’avance.",
}


@dataclass
class Way:
    """The training under way: who is signed in where, and what was reached."""

    database: Database
    settings: Settings
    open: Open
    host: Page = field(init=False)  # the office's focal point
    partner: Page = field(init=False)  # the partner's coordinator, at the same time
    training: str = ""  # addresses
    session: str = ""
    shots: int = 0

    async def look(self, page: Page, name: str) -> None:
        """Keep a picture, wide, on a phone and, of what its address alone opens, in Arabic."""
        if not SHOTS:
            return
        self.shots += 1
        stem, before = f"{SHOTS}/{self.shots:02}-{name}", page.viewport_size
        await page.screenshot(path=f"{stem}.png", full_page=True)
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await page.screenshot(path=f"{stem}-phone.png", full_page=True)
        await page.set_viewport_size(before)  # type: ignore[arg-type]
        with suppress(Error):  # the line may be down
            await self._in_arabic(page, f"{stem}-ar.png")

    async def _in_arabic(self, page: Page, path: str) -> None:
        """The same address beside it; the page itself and what was typed there stay."""
        kept = [each for each in await page.context.cookies() if each["name"] == "lms_language"]
        await page.context.add_cookies([{**each, "value": "ar"} for each in kept])  # type: ignore[typeddict-item]
        beside = await page.context.new_page()
        try:
            await beside.goto(page.url)
            await beside.screenshot(path=path, full_page=True)
        finally:
            await beside.close()
            await page.context.add_cookies(kept)  # type: ignore[arg-type]

    async def in_the_database(self, statement: str, **values: object) -> None:
        async with self.database.transaction() as session:
            await session.execute(text(statement), values | {"id": self.session.rpartition("/")[2]})

    async def letter(self, to: str) -> str:
        """The words of the latest letter to an address."""
        await work_off(self.settings)
        found = sorted(
            Path(self.settings.var_dir, "mail").glob("*.eml"), key=lambda each: each.stat().st_mtime
        )
        letters = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in found]
        body = [each.get_body(("plain",)) for each in letters if to in str(each["To"])][-1]
        assert body is not None
        return str(body.get_content())


async def fill(page: Page, **values: str) -> None:
    """Fill or choose by the names of fields."""
    for name, value in values.items():
        place = page.locator(f'main [name="{name}"]:visible')
        if await place.evaluate("e => e.tagName") == "SELECT":
            await place.select_option(value)
        else:
            await place.fill(value)


async def press(page: Page, name: str) -> None:
    await page.locator("main").get_by_role("button", name=name, exact=True).click()


async def said(page: Page, words: str) -> None:
    await expect(page.locator("main, .flashes, body").get_by_text(words).first).to_be_visible()


async def go(page: Page, *names: str) -> None:
    """Follow links by their words, those of the navigation too."""
    for name in names:
        await page.wait_for_load_state()
        link = page.get_by_role("link", name=name, exact=True)
        if not await link.first.is_visible():
            await page.locator("nav summary", has_text="Partnerships").click()
        await link.first.click()
