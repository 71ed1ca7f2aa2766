"""Pages of the partner register: found, added, corrected, and nothing typed is lost."""

import re

from fastapi import FastAPI
from httpx2 import AsyncClient

from tests.cast import ADMIN, COORDINATOR, FOCAL_POINT, LEARNER, OTHER_LEARNER, SENIOR, Cast
from tests.partners.samples import appoint, make
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
