"""Signatures that anybody can check: Ed25519 (RFC 8032) as JWS (RFC 7515), over canonical JSON (RFC 8785).

A key's public half lies in the database, so that every process and the public set know it; its private half lies in
a folder that only the operators' account reads, so that a copy of the database can sign nothing.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import rfc8785
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy import Column, Text, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import document, moment, table_of
from lms.kernel.errors import Conflict, NotFound, Unavailable

ALGORITHM: Final = "Ed25519"  # RFC 9864, 2.2
_TURN = text("SELECT pg_advisory_xact_lock(4703132)")  # any number, the same for every process


class KeyState(StrEnum):
    """Signs and verifies; verifies what it signed; verifies nothing, since somebody else may hold it."""

    ACTIVE = "active"
    RETIRED = "retired"
    REVOKED = "revoked"


class SigningKey(SQLModel, table=True):
    """The public half of a key. `kid` is its thumbprint (RFC 7638), so that one key has one name everywhere."""

    __tablename__ = "signing_keys"

    kid: str = Field(sa_column=Column(Text(), primary_key=True))
    public: dict[str, Any] = Field(sa_column=document(nullable=False))
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
    retired_at: datetime | None = Field(default=None, sa_column=moment())
    revoked_at: datetime | None = Field(default=None, sa_column=moment())


keys = table_of(SigningKey)


class NoSigningKey(Unavailable):
    """Nothing can be signed: no key is active, or its private half is not in the folder."""

    type, title = (
        "no-signing-key",
        "Nothing can be signed now; the operators make a key with `lms keys create`",
    )


class KeyNotFound(NotFound):
    type, title = "signing-key-not-found", "There is no such key"


class KeyEnded(Conflict):
    type, title = "signing-key-ended", "This key is retired or revoked and is not used again"


def state_of(key: Any) -> KeyState:
    """Where a key stands, from its row."""
    if key.revoked_at is not None:
        return KeyState.REVOKED
    return KeyState.RETIRED if key.retired_at is not None else KeyState.ACTIVE


def canonical(value: Mapping[str, Any]) -> bytes:
    """The one way to write a JSON document (RFC 8785): equal documents have equal bytes."""
    return bytes(rfc8785.dumps(dict(value)))


@dataclass(frozen=True, slots=True)
class Checked:
    """A signature that holds: by which key, and what was signed."""

    kid: str
    payload: bytes


def check(token: str, public: Mapping[str, Mapping[str, Any]]) -> Checked | None:
    """What a compact JWS holds, if one of these public keys (by `kid`) signed it; None for anything else."""
    try:
        header = jws.extract_compact(token.encode()).headers()
        kid = str(header.get("kid", ""))
        if kid not in public or header.get("alg") != ALGORITHM:
            return None
        read = jws.deserialize_compact(token, OKPKey.import_key(dict(public[kid])), algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return Checked(kid, read.payload)


class Keys:
    """The folder of private halves; every host that signs has the same one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self) -> OKPKey:
        """A new key, its private half written before anybody can use it."""
        key = OKPKey.generate_key(ALGORITHM)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(
            os.open(self._path(key.thumbprint()), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w"
        ) as file:
            json.dump(key.as_dict(private=True), file)
            file.flush()
            os.fsync(file.fileno())
        return key

    def get(self, kid: str) -> OKPKey:
        """The private half; raises `NoSigningKey` where it is not in the folder."""
        try:
            return OKPKey.import_key(json.loads(self._path(kid).read_text()))
        except (OSError, ValueError, JoseError) as error:
            raise NoSigningKey("The private half of the active key is not in the folder of keys.") from error

    def _path(self, kid: str) -> Path:
        return self.folder / f"{kid}.json"


# -- keys made, rotated, retired ---------------------------------------------------------------------------


async def list_keys(session: AsyncSession) -> Sequence[Any]:
    """Every key, the newest first."""
    return (await session.execute(select(keys).order_by(keys.c.created_at.desc(), keys.c.kid))).all()


async def public_keys(session: AsyncSession) -> dict[str, dict[str, Any]]:
    """Public halves by `kid`, of keys that verify: whatever is revoked is left out."""
    rows = await session.execute(select(keys.c.kid, keys.c.public).where(keys.c.revoked_at.is_(None)))
    return {row.kid: row.public for row in rows}


async def rotate(session: AsyncSession, *, folder: Keys) -> str:
    """Make a key that signs from now on, and retire the one that did; the new key's `kid`.

    The first key is made the same way. What a retired key signed stays good.
    """
    await session.execute(_TURN)
    now, key = clock.now(), folder.make()
    await session.execute(keys.update().where(keys.c.retired_at.is_(None)).values(retired_at=now))
    public = key.as_dict(private=False) | {"use": "sig", "alg": ALGORITHM}
    session.add(SigningKey(kid=key.thumbprint(), public=public, created_at=now))
    await session.flush()
    return str(key.thumbprint())


async def end_key(session: AsyncSession, *, kid: str, revoke: bool = False) -> None:
    """Retire a key: it signs nothing more. Revoked, it verifies nothing more either."""
    key = await session.get(SigningKey, kid, with_for_update=True)
    if key is None:
        raise KeyNotFound()
    now = clock.now()
    key.retired_at = key.retired_at or now
    if revoke:
        key.revoked_at = key.revoked_at or now
    await session.flush()


async def sign(session: AsyncSession, payload: bytes, *, folder: Keys, kid: str | None = None) -> str:
    """A compact JWS of `payload` by the active key, or by `kid`; raises `KeyEnded` for one that is retired."""
    statement = select(keys).order_by(keys.c.created_at.desc(), keys.c.kid).limit(1)
    statement = statement.where(keys.c.retired_at.is_(None) if kid is None else keys.c.kid == kid)
    key = (await session.execute(statement)).one_or_none()
    if key is None:
        raise NoSigningKey() if kid is None else KeyNotFound()
    if state_of(key) is not KeyState.ACTIVE:
        raise KeyEnded()
    header = {"alg": ALGORITHM, "kid": key.kid}
    return jws.serialize_compact(header, payload, folder.get(key.kid), algorithms=[ALGORITHM])
