"""What operators and load balancers ask: is the process alive, can it serve."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy import text

from lms.kernel.database import Database
from lms.migrations import newest_revision

router = APIRouter()
_STATE = text(
    """SELECT (SELECT version_num FROM alembic_version) AS revision,
              (SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers) AS worker_seconds"""
)


@router.get("/healthz", include_in_schema=False)
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", include_in_schema=False)
async def readyz(request: Request) -> JSONResponse:
    """The database answers and has the schema this code expects; also when a worker last gave a sign of life."""
    database: Database = request.app.state.database
    try:
        async with database.reading() as session:
            row = (await session.execute(_STATE)).one()
    except Exception as error:  # whatever it is, it is what makes us not ready
        return JSONResponse({"status": "no database", "error": type(error).__name__}, status_code=503)
    ready = row.revision == newest_revision()
    seconds = None if row.worker_seconds is None else round(float(row.worker_seconds), 1)
    body = {
        "status": "ready" if ready else "schema is not current",
        "revision": row.revision,
        "worker_seen_seconds_ago": seconds,
    }
    return JSONResponse(body, status_code=200 if ready else 503)
