"""The public keys of signed documents, as a JWK Set (RFC 7517, 5) at the address where verifiers look for it."""

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from lms.adapters.signing import public_keys
from lms.kernel.http import DbSession

router = APIRouter()
KEEP_SECONDS = 300  # a revoked key is believed no longer than this by whoever keeps the answer


@router.get("/.well-known/jwks.json", include_in_schema=False)
async def public_set(session: DbSession) -> Response:
    """Every key that verifies, retired ones too; for anybody."""
    known = sorted((await public_keys(session)).items())
    return JSONResponse(
        {"keys": [public | {"kid": kid} for kid, public in known]},
        media_type="application/jwk-set+json",
        headers={"Cache-Control": f"public, max-age={KEEP_SECONDS}"},
    )
