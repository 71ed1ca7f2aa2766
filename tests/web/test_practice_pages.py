"""Pages of practice: described, submitted, attested; and the page of a partner's contact."""

import re

from fastapi import FastAPI
from httpx2 import AsyncClient
from sqlalchemy import text

from lms.adapters.mail import Mail
from lms.jobs.practice_letters import ask_contacts
from lms.kernel.database import Database
from tests.cast import ADMIN, LEARNER, SUPERVISOR, Cast
from tests.partners.samples import make
from tests.web.readers import Reader, words

FORM = {
    "role": "Led the talks", "partner": "acacia-water", "from_on": "2026-02-01", "until_on": "2026-06-30",
    "place": "Kisumu", "outcome": "Both signed.", "indicators": "Households: 1,200 of 1,000\nWells",
    "competency_1": "negotiation", "level_1": "3",
}  # fmt: skip


class Box:
    """Keeps what is sent."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail) -> None:
        self.mails.append(mail)


async def test_from_the_description_to_the_attestation(
    app: FastAPI, client: AsyncClient, cast: Cast, database: Database
) -> None:
    await make(client, cast, "acacia-water")
    sent = {"name": "Noor Haddad", "email": "noor@acacia.example"}
    await client.post("/api/v1/partners/acacia-water/contacts", json=sent, headers=cast.token(ADMIN))
    learner = await Reader(app).sign_in(cast, LEARNER)
    assert "Nothing is described yet" in await learner.get("/practice")
    await learner.get("/practice/new")
    page = await learner.send(
        "/practice/new", 422, **FORM | {"partner": "nobody", "role": "", "until_on": "x"}
    )
    assert "Say what your part was." in page and "Write the day as year" in page and "1,200 of 1,000" in page
    page = await learner.send("/practice/new", **FORM)
    where = learner.path
    assert "Households" in page and "1,200 of 1,000" in page
    files = {"file": ("letter.txt", b"They thank us.", "text/plain")}
    page = await learner.send(f"{where}/files", files=files)
    assert "letter.txt" in page
    edit = await learner.get(f"{where}/edit")
    revision = re.search(r'name="revision" value="(\d+)"', edit)
    assert revision and 'value="negotiation" selected' in edit
    page = await learner.send(f"{where}/edit", **FORM | {"outcome": "", "revision": revision[1]})
    page = await learner.send(f"{where}/submit", 422)
    assert "Say what came of it." in page
    page = await learner.send(f"{where}/edit", 422, **FORM | {"revision": revision[1]})
    assert "This was changed meanwhile" in page
    now = re.search(r'name="revision" value="(\d+)"', await learner.get(f"{where}/edit"))
    assert now
    await learner.send(f"{where}/edit", **FORM | {"revision": now[1]})
    contact = re.search(r'<option value="([0-9a-f-]{36})"', await learner.get(where))
    assert contact
    await learner.send(f"{where}/confirmations", contact=contact[1])
    page = words(await learner.send(f"{where}/submit"))
    assert "Waits to be attested" in page and "asked: Daniel Okafor" in page
    officer = await Reader(app).sign_in(cast, SUPERVISOR)
    assert "Led the talks" in await officer.get("/practice")
    await officer.get(where)
    page = await officer.send(f"{where}/decision", 422, decision="attest", words="")
    assert "Say what you base this on." in page
    sent = {"decision": "attest", "words": "I was there.", "level-negotiation": "2"}
    page = words(await officer.send(f"{where}/decision", **sent))
    assert "Attested by Daniel Okafor" in page and "the two differ" in page
    await _the_contact_answers(app, database, learner, where)


async def _the_contact_answers(app: FastAPI, database: Database, learner: Reader, where: str) -> None:
    async with database.reading() as session:
        ids = list(await session.scalars(text("SELECT id FROM practice_confirmations")))
    box = Box()
    await ask_contacts(database, box, "", ids)
    link = re.findall(r"/confirm/\S+", box.mails[0].body)[0]
    contact = Reader(app)
    page = words(await contact.get(link))
    assert "Led the talks" in page and "Both signed" not in page and "Negotiation" not in page
    page = await contact.send(link, 422, role="right")
    assert "Choose an answer." in page
    page = await contact.send(link, role="right", dates="not_right", place="cannot_say")
    assert "Thank you" in page
    assert "Thank you" in await contact.get(link, 410)
    assert "opens nothing" in await contact.get("/confirm/nonsense", 410)
    assert "Part: right; Days: not right; Place: cannot say" in words(await learner.get(where))
