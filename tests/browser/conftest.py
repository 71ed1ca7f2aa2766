"""A real server on the loopback, and Debian's chromium to look at it with."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from playwright.async_api import Browser, Page, async_playwright

from lms.app import create_app
from lms.settings import Settings
from tests.cast import Cast

CHROMIUM = Path("/usr/bin/chromium")
SignIn = Callable[..., "asyncio.Future[Page]"]


@pytest.fixture(scope="module")
def server(settings: Settings) -> Iterator[str]:
    """The address of the application, served from a thread with an event loop of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(create_app(settings), host="127.0.0.1", port=port, log_config=None, lifespan="on")
    running = uvicorn.Server(config)
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    until = time.monotonic() + 30
    while not running.started and time.monotonic() < until:
        time.sleep(0.05)
    assert running.started
    yield f"http://127.0.0.1:{port}"
    running.should_exit = True
    thread.join(30)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all tests; each takes a context of its own."""
    assert CHROMIUM.is_file(), "Debian's chromium is needed: apt-get install chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def open_browser(chromium: Browser, server: str, cast: Cast) -> AsyncIterator[Callable[..., object]]:
    """`page = await open_browser(email, language="ar", width=360)`: a fresh browser, signed in."""
    contexts = []

    async def opened(
        email: str | None = None,
        *,
        language: str = "en",
        width: int = 1280,
        bypass_csp: bool = False,
        script: bool = True,
    ) -> Page:
        context = await chromium.new_context(
            base_url=server,
            viewport={"width": width, "height": 800},
            bypass_csp=bypass_csp,
            java_script_enabled=script,
        )
        contexts.append(context)
        await context.add_cookies([{"name": "lms_language", "value": language, "url": server}])
        page = await context.new_page()
        if email is not None:
            await page.goto("/sign-in")
            await page.fill("#field-email", email)
            await page.fill("#field-password", cast.passwords[email])
            await page.press("#field-password", "Enter")
            await page.wait_for_url("**/learning")
        return page

    yield opened
    for context in contexts:
        await context.close()
