"""Someone who reads pages without script: signs in, follows links, sends forms."""

import html
import re
from typing import Any

from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient, Response

from lms.catalogue.domain import Edition
from lms.enrolments.domain.grading import answer_to
from lms.web.quiz_form import fields_of
from tests.cast import Cast

HTML = {"accept": "text/html"}
_TOKEN = re.compile(r'name="csrf_token" value="([0-9a-f]+)"')
_ASKED = re.compile(r'<fieldset class="question" id="question-([a-z0-9-]+)"')
_ATTEMPT = re.compile(r'action="(/learn/[a-z0-9-]+/[a-z0-9-]+/attempts/[0-9a-f-]+)"')


def words(page: str) -> str:
    """What a page says, without its marks."""
    joined = re.sub(r"</?(bdi|a|span)\b[^>]*>", "", page[page.index("<main") :])
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", joined)).split())


class Reader:
    """A browser without script, with its cookies. `page` is the last page's HTML."""

    def __init__(self, app: FastAPI) -> None:
        transport = ASGITransport(app=app, raise_app_exceptions=False)
        self.client = AsyncClient(
            transport=transport, base_url="http://test", headers=HTML, follow_redirects=True
        )
        self.page = ""
        self.token = ""
        self.path = ""

    async def sign_in(self, cast: Cast, email: str, language: str = "en") -> "Reader":
        """Sign in with e-mail and password, and choose a language."""
        self.client.cookies.set("lms_language", language)
        await self.send("/sign-in", email=email, password=cast.passwords[email])
        await self.get("/account")
        return self

    async def get(self, path: str, status: int = 200) -> str:
        """Open a page."""
        return self._read(await self.client.get(path), status)

    async def send(self, path: str, status: int = 200, *, files: Any = None, **fields: Any) -> str:
        """Send a form, with the token of the last page, and follow where it leads."""
        data = {"csrf_token": self.token, **fields}
        return self._read(await self.client.post(path, data=data, files=files), status)

    def _read(self, answer: Response, status: int) -> str:
        assert answer.status_code == status, f"{answer.url}: {answer.status_code}\n{answer.text[-2000:]}"
        self.page, self.path = answer.text, answer.url.path
        found = _TOKEN.search(self.page)
        if found:
            self.token = found[1]
        return self.page

    # -- learning ----------------------------------------------------------------------------------------

    async def begin_quiz(self, course: str, activity: str) -> str:
        """Begin a try, or come back to the open one; the form's address."""
        await self.send(f"/learn/{course}/{activity}/attempts")
        return self.form()

    def form(self) -> str:
        """The address of the quiz form on this page."""
        found = _ATTEMPT.search(self.page)
        assert found, self.page[-2000:]
        return found[1]

    def asked(self) -> list[str]:
        """Ids of the questions on this page, in order."""
        return _ASKED.findall(self.page)

    def right(self, edition: Edition, activity: str) -> dict[str, list[str]]:
        """Fields that answer every question on this page rightly."""
        quiz = edition.quiz(activity, edition.course.original)
        questions = [quiz.question(each) for each in self.asked()]
        return fields_of(questions, {each.id: answer_to(each) for each in questions})

    async def pass_quiz(self, edition: Edition, activity: str) -> None:
        """Begin, answer rightly, hand in."""
        address = await self.begin_quiz(edition.key, activity)
        await self.send(address, **self.right(edition, activity), do="submit")

    async def take(self, edition: Edition) -> None:
        """Everything that is required, in order."""
        for activity in edition.course.required_activities:
            if activity.kind == "page":
                await self.send(f"/learn/{edition.key}/{activity.key}/read")
            elif activity.kind == "quiz":
                await self.pass_quiz(edition, activity.key)
