"""Keys made, rotated, retired, revoked; and what a signature is worth after each."""

import base64
import json
import stat
from pathlib import Path

import pytest
from httpx2 import AsyncClient
from hypothesis import given
from hypothesis import strategies as st

from lms.adapters.signing import (
    KeyEnded,
    Keys,
    NoSigningKey,
    canonical,
    check,
    end_key,
    list_keys,
    public_keys,
    rotate,
    sign,
)
from lms.kernel.database import Database

PAYLOAD = canonical({"says": "shown at the level", "of": "Zoë"})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=5), JSON, max_size=4))
def test_equal_documents_have_equal_bytes(value: dict[str, object]) -> None:
    turned = dict(reversed(list(value.items())))
    assert canonical(turned) == canonical(value)
    assert canonical(json.loads(canonical(value))) == canonical(value)


async def signed(database: Database, folder: Keys, kid: str | None = None) -> str:
    async with database.transaction() as session:
        return await sign(session, PAYLOAD, folder=folder, kid=kid)


async def known(database: Database) -> dict[str, dict[str, object]]:
    async with database.reading() as session:
        return await public_keys(session)


async def test_the_life_of_a_key(client: AsyncClient, database: Database, tmp_path: Path) -> None:
    folder = Keys(tmp_path / "keys")
    with pytest.raises(NoSigningKey):
        await signed(database, folder)
    async with database.transaction() as session:
        first = await rotate(session, folder=folder)
    (file,) = folder.folder.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(folder.folder.stat().st_mode) == 0o700
    token = await signed(database, folder)
    checked = check(token, await known(database))
    assert checked is not None and (checked.kid, checked.payload) == (first, PAYLOAD)
    async with database.transaction() as session:
        second = await rotate(session, folder=folder)
        assert next(key.kid for key in await list_keys(session)) == second
    with pytest.raises(KeyEnded):
        await signed(database, folder, first)
    assert check(token, await known(database)) is not None, "what a retired key signed stays good"
    answer = await client.get("/.well-known/jwks.json")
    assert answer.headers["content-type"] == "application/jwk-set+json"
    assert {key["kid"] for key in answer.json()["keys"]} == {first, second}
    assert all("d" not in key and key["kty"] == "OKP" for key in answer.json()["keys"])
    async with database.transaction() as session:
        await end_key(session, kid=first, revoke=True)
    assert check(token, await known(database)) is None, "a revoked key vouches for nothing"
    later = check(await signed(database, folder), await known(database))
    assert later is not None and later.kid == second
    (folder.folder / f"{second}.json").unlink()
    with pytest.raises(NoSigningKey):
        await signed(database, folder)


async def test_whatever_is_altered_is_not_genuine(database: Database, tmp_path: Path) -> None:
    folder = Keys(tmp_path / "keys")
    async with database.transaction() as session:
        await rotate(session, folder=folder)
    token, public = await signed(database, folder), await known(database)
    for place, letter in enumerate(token):
        other = "A" if letter != "A" else "B"
        altered = check(token[:place] + other + token[place + 1 :], public)
        assert altered is None or altered.payload == PAYLOAD, place
    none = base64.urlsafe_b64encode(b'{"alg":"none"}').decode().rstrip("=")
    for bad in ("", ".", "a.b.c", f"{none}.{token.split('.')[1]}.", token + "x", "é.é.é"):
        assert check(bad, public) is None, bad
