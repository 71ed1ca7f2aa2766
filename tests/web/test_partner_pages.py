"""Pages of the partner register: found, added, corrected, and nothing typed is lost."""

import re
from datetime import timedelta

from fastapi import FastAPI
from httpx2 import AsyncClient

from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import ADMIN, ASSESSOR, COORDINATOR, FOCAL_POINT, HR, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.partners.samples import appoint, grant, make
from tests.web.readers import Reader, words


async def test_a_focal_point_adds_changes_and_finds_a_partner(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    await reader.get("/partners/new")
    bad = {"name": "Baobab  Études", "kind": "company", "website": "baobab", "committed_on": "soon"}
    page = await reader.send("/partners/new", 422, **bad)
    assert 'value="Baobab  Études"' in page.replace("&#39;", "'")
    assert "Write the whole address" in page
    assert "Write the day as year, month and day" in page
    page = await reader.send(
        "/partners/new", **bad | {"website": "https://b.example", "committed_on": "2026-02-01"}
    )
    assert reader.path == "/partners/baobab-etudes"
    assert "The partner is in the register." in page
    assert "signed on 1 February 2026" in words(page)
    edit = await reader.get("/partners/baobab-etudes/edit")
    revision = re.search(r'name="revision" value="(\d+)"', edit)
    assert revision
    sent = {"name": "Baobab Études", "kind": "company", "sector": "energy", "revision": revision[1]}
    page = await reader.send("/partners/baobab-etudes/edit", **sent)
    assert "Energy" in words(page)
    assert "b.example" not in page  # an emptied field is empty
    assert "Somebody changed this partner meanwhile" in await reader.send(
        "/partners/baobab-etudes/edit", 422, **sent
    )
    found = words(await reader.get("/partners?q=etud&sector=energy"))
    assert "Baobab Études" in found
    assert "No partner was found" in await reader.get("/partners?q=etud&sector=health")
    changed = words(await reader.get("/partners/baobab-etudes/changes"))
    assert "sector : energy" in changed or "sector: energy" in changed


async def test_contacts_and_agreements_on_the_page(app: FastAPI, cast: Cast) -> None:
    reader = await Reader(app).sign_in(cast, FOCAL_POINT)
    await reader.get("/partners/new")
    await reader.send("/partners/new", name="Paper Co", kind="company")
    page = await reader.send("/partners/paper-co/contacts", 422, name="", email="nonsense")
    assert "Give the name." in page
    page = await reader.send("/partners/paper-co/contacts", name="Noor Haddad", email="noor@p.example")
    assert "Noor Haddad" in words(page)
    edit = re.search(r'href="(/partners/paper-co/contacts/[0-9a-f-]+/edit)"', page)
    assert edit
    form = await reader.get(edit[1])
    assert 'value="noor@p.example"' in form
    assert "Give the name." in await reader.send(edit[1], 422, name="", phone="+254 20 1", revision="1")
    changed = {"name": "Noor Haddad", "email": "noor@p.example", "phone": "+254 20 1"}
    page = await reader.send(edit[1], **changed, revision="1")
    assert "+254 20 1" in page
    assert "changed this contact meanwhile" in await reader.send(edit[1], 422, **changed, revision="1")
    page = await reader.get("/partners/paper-co")
    gone = re.search(r'action="(/partners/paper-co/contacts/[0-9a-f-]+/remove)"', page)
    assert gone
    assert "noor@p.example" not in await reader.send(gone[1])
    await reader.get("/partners/paper-co/agreements/new")
    assert "Choose the entity." in await reader.send("/partners/paper-co/agreements/new", 422, version="1")
    sent = {"entity": "uneo-africa", "kind": "memorandum", "version": "2025-1", "signed_on": "2026-01-05"}
    files = {"file": ("paper.txt", b"Signed.", "text/plain")}
    page = await reader.send("/partners/paper-co/agreements/new", files=files, **sent)
    assert "Memorandum of understanding" in words(page)
    link = re.search(r'href="(/partners/paper-co/agreements/[0-9a-f-]+/file)"', page)
    assert link
    assert (await reader.client.get(link[1])).content == b"Signed."


async def test_a_partner_s_coordinator_finds_their_partner_alone(
    app: FastAPI, client: AsyncClient, cast: Cast
) -> None:
    await make(client, cast, "own-firm")
    await make(client, cast, "other-firm")
    admin = await Reader(app).sign_in(cast, ADMIN)
    await admin.get("/partners/own-firm")
    assert "no such person" in await admin.send("/partners/own-firm/coordinators", 422, person="x@y.example")
    page = await admin.send("/partners/own-firm/coordinators", person=OTHER_LEARNER)
    assert "sees and corrects the profile" in words(page)
    reader = await Reader(app).sign_in(cast, OTHER_LEARNER)
    listed = await reader.get("/partners")
    assert "own-firm" in listed
    assert "other-firm" not in listed
    await reader.get("/partners/other-firm", 404)
    await reader.get("/partners/own-firm/changes", 403)
    edit = await reader.get("/partners/own-firm/edit")
    assert 'name="participation_status"' not in edit
    page = await reader.send("/partners/own-firm/edit", name="Own Firm Ltd", country="KE", revision="1")
    assert "Kenya" in words(page)
    learner = await Reader(app).sign_in(cast, LEARNER)
    await learner.get("/partners", 403)
    senior = await Reader(app).sign_in(cast, SENIOR)
    assert "/partners/own-firm/edit" not in await senior.get("/partners/own-firm")


async def test_a_list_is_looked_at_then_imported(app: FastAPI, client: AsyncClient, cast: Cast) -> None:
    await appoint(client, cast, (await make(client, cast, "for-import"))["key"], OTHER_LEARNER)
    reader = await Reader(app).sign_in(cast, COORDINATOR)
    await reader.get("/partners/import")
    assert "Choose the file." in await reader.send("/partners/import", 422)
    listed = b"participation_id,name,country\n770001,Page Import One,KE\n770002,,KE\n"
    page = await reader.send("/partners/import", files={"file": ("list.csv", listed, "text/csv")})
    assert "Import 1 line" in page
    assert "name is missing." in words(page)
    file = re.search(r'name="file" value="([0-9a-f]{32})"', page)
    assert file
    page = await reader.send(reader.path, file=file[1])
    assert "The file is imported." in page
    assert "Kenya" in words(await reader.get("/partners/page-import-one"))


async def test_an_officer_s_page_records_and_everybody_else_reads_neutral_words(
    app: FastAPI, client: AsyncClient, database: Database, cast: Cast
) -> None:
    for email in (HR, ASSESSOR):
        await grant(database, cast, email, "screening_officer", "uneo")
    await make(client, cast, "page-screened", committed_on="2026-01-02")
    point = await Reader(app).sign_in(cast, FOCAL_POINT)
    assert "not clear, ask your screening officer" in words(await point.get("/partners/page-screened"))
    await point.get("/partners/page-screened/screening", 403)
    officer = await Reader(app).sign_in(cast, HR)
    path = "/partners/page-screened/screening"
    page = words(await officer.get(path))
    assert "This entity has not decided." in page
    sent = {
        "form": "decision",
        "entity": "uneo",
        "scope": "partnership",
        "effort": "full",
        "may_proceed": "true",
    }
    sent |= {"occurred_on": "2026-01-03", "reference": "Box 3"}
    assert "Fill this in" in await officer.send(path, 422, **sent)
    page = await officer.send(path, **sent, valid_until="2199-01-01")
    assert "Box 3" in words(page)
    assert "not clear" not in words(await point.get("/partners/page-screened"))
    warning = {"form": "warning", "entity": "uneo", "category": "labour", "source_kind": "media"}
    warning |= {"facts": "A strike in May 2025.", "occurred_on": "2026-01-03", "is_heard": "yes"}
    page = await officer.send(path, **warning)
    act = re.search(r'action="([^"]+/warnings/[0-9a-f-]+/step)"', page)
    assert act
    review = (clock.today() + timedelta(days=60)).isoformat()
    step = {"entity": "uneo", "kind": "approved", "review_on": review, "stands_in_the_way": "true"}
    assert "Another person" in words(await officer.send(act[1], 422, **step))
    second = await Reader(app).sign_in(cast, ASSESSOR)
    await second.get(path)
    assert "stands in the way" in words(await second.send(act[1], **step))
    assert "not clear, ask your screening officer" in words(await point.get("/partners/page-screened"))
    await second.get("/screening-circle")
    assert "no senior manager" in await second.send("/screening-circle", 422, entity="uneo", person=LEARNER)
    assert "Rajesh" in await second.send("/screening-circle", entity="uneo", person=SENIOR)
    senior = await Reader(app).sign_in(cast, SENIOR)
    assert "A strike in May 2025." in words(await senior.get(path))
    waiver = {
        "form": "waiver",
        "entity": "uneo",
        "waives": "warning",
        "reason": "Small",
        "conditions": "Once",
    }
    await senior.send(path, **waiver, valid_until="2199-01-01")
    assert "not clear" not in words(await point.get("/partners/page-screened"))
    assert path in await senior.get("/partners/page-screened")
    gone = re.search(
        r'action="(/screening-circle/[0-9a-f-]+/[a-z-]+)"', await second.get("/screening-circle")
    )
    assert gone
    await second.send(gone[1])
    assert path not in await senior.get("/partners/page-screened")
    assert path in await officer.get("/partners/page-screened")
