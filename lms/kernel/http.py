"""What every route shares: the session and its commit before the answer, problems (RFC 9457), strict queries, ETags.

The session of a GET reads outside a transaction; any other method gets one that commits after the route's
function has returned and before a byte is sent (`scope="function"`: without it FastAPI would answer 200 first
and learn of a failed commit afterwards).
"""

import errno
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from datetime import date
from socket import gaierror
from typing import Annotated, Any, cast

import structlog
from asyncpg.exceptions import (
    CharacterNotInRepertoireError,
    DiskFullError,
    InsufficientResourcesError,
    InterfaceError,
    OperatorInterventionError,
    PostgresConnectionError,
    PostgresError,
    TransactionRollbackError,
    UntranslatableCharacterError,
)
from fastapi import Depends, FastAPI, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, BeforeValidator
from sqlalchemy.exc import DBAPIError, EmulatedDBAPIException
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from lms.kernel.database import Database, Session, commit
from lms.kernel.errors import (
    DomainError,
    Fault,
    Invalid,
    PreconditionRequired,
    Stale,
    TooLarge,
    Unavailable,
)
from lms.kernel.idempotency import answer_once

log = structlog.get_logger("database")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class ProblemFault(BaseModel):
    """One thing that is wrong with an input."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemFault] = []
    request_id: str | None = None


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a router for these statuses."""
    titles = {kind.status: kind.title for kind in _all_kinds(DomainError)} | _PLAIN_TITLES
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": titles[status],
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }


_PLAIN_TITLES = {
    400: "The request cannot be read",
    404: "There is nothing here",
    405: "This address does not take that method",
    409: "This cannot be done now",
    415: "This kind of content is not taken",
    422: "What was sent is not right",
}


def _all_kinds(kind: type[DomainError]) -> list[type[DomainError]]:
    return [each for sub in kind.__subclasses__() for each in (sub, *_all_kinds(sub))]


# -- the session -------------------------------------------------------------------------------------------


async def _session(request: Request) -> AsyncIterator[Session]:
    database: Database = request.app.state.database
    if request.method in SAFE_METHODS:
        async with database.reading() as session:
            yield session
        return
    async with database._writing() as session:
        yield session
        await commit(session)


DbSession = Annotated[Session, Depends(_session, scope="function")]


# -- routes ------------------------------------------------------------------------------------------------


class StrictRoute(APIRoute):
    """A route that refuses a query parameter it does not know, instead of ignoring a misspelt filter."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = _query_names(self.dependant)

        async def strict(request: Request) -> Response:
            unknown = [name for name in request.query_params if name not in known]
            if unknown:
                raise Invalid(
                    f"Unknown query parameter: {', '.join(sorted(unknown))}.",
                    faults=[Fault(f"/query/{name}", "This parameter is not known here.") for name in unknown],
                )
            if request.method == "POST" and "idempotency-key" in request.headers:
                return await answer_once(request, handle)
            return await handle(request)

        return strict


def _query_names(dependant: Dependant) -> frozenset[str]:
    own = {str(parameter.alias) for parameter in dependant.query_params}
    return frozenset(own.union(*(_query_names(each) for each in dependant.dependencies)))


# -- days --------------------------------------------------------------------------------------------------


def _as_written(value: Any) -> Any:
    if isinstance(value, date) or (isinstance(value, str) and _DAY.fullmatch(value)):
        return value
    raise ValueError("Write a day as 2026-01-31.")


_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Day = Annotated[date, BeforeValidator(_as_written)]
"""A day that comes in. Pydantic alone would take 0 for 1 January 1970, and a moment for its day."""


# -- changes by ETag ---------------------------------------------------------------------------------------


def etag(revision: int) -> str:
    """The ETag of a resource that counts its changes."""
    return f'"{revision}"'


def require_match(request: Request, revision: int) -> None:
    """Raise unless the caller's If-Match names the present `revision`."""
    sent = request.headers.get("if-match")
    if sent is None:
        raise PreconditionRequired()
    if sent.strip() not in ("*", etag(revision)):
        raise Stale()


# -- problems ----------------------------------------------------------------------------------------------


class ProblemResponse(JSONResponse):
    """Problem details as ASCII: a pointer may quote half of a surrogate pair, which UTF-8 cannot write."""

    media_type = "application/problem+json"

    def render(self, content: Any) -> bytes:
        return json.dumps(content).encode()


def problem(request: Request, error: DomainError) -> JSONResponse:
    """The answer that tells a client what went wrong."""
    body = Problem(
        type=f"/problems/{error.type}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        errors=[ProblemFault(pointer=fault.pointer, detail=fault.detail) for fault in error.faults],
        request_id=request.scope.get("request_id"),
    )
    return ProblemResponse(body.model_dump(), status_code=error.status, headers=error.headers)


def from_validation(error: RequestValidationError) -> Invalid:
    """FastAPI's list of what is wrong as one error with JSON pointers."""
    faults = [
        Fault("/" + "/".join(str(part) for part in each["loc"] if part != "body"), str(each["msg"]))
        for each in error.errors()
    ]
    return Invalid("Some of what was sent is not right; see errors.", faults=_without_repeats(faults))


def _without_repeats(faults: Sequence[Fault]) -> list[Fault]:
    return list(dict.fromkeys(faults))


def from_http(error: HTTPException) -> DomainError:
    """Starlette's own 404, 405, 400 and 415 as a problem."""
    made = DomainError(str(error.detail), headers=dict(error.headers or {}))
    made.status = error.status_code
    made.title = _PLAIN_TITLES.get(error.status_code, str(error.detail))
    made.type = {400: "unreadable", 404: "not-found", 405: "method", 413: TooLarge.type}.get(
        error.status_code, "http"
    )
    return made


_UNKEEPABLE = (CharacterNotInRepertoireError, UntranslatableCharacterError, UnicodeEncodeError)
_PASSING = (
    PostgresConnectionError,
    OperatorInterventionError,  # it starts, stops, or ended this statement
    InsufficientResourcesError,
    ConnectionError,
    TimeoutError,
    gaierror,
    PoolTimeoutError,
)


def from_database(error: Exception) -> DomainError | None:
    """What the caller can do about an error of the database: mend the text, or try again. None: nothing."""
    cause = _driver_error(error)
    if isinstance(cause, _UNKEEPABLE):
        return Invalid("A text holds a character that cannot be kept, such as the null character.")
    if isinstance(cause, DiskFullError) or getattr(cause, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
        return Unavailable("The disk is full; nothing was changed. Tell the operators.", headers=_LATER)
    if isinstance(cause, TransactionRollbackError):
        return Unavailable("Two changes met and this one was undone. Send it again.", headers=_LATER)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or isinstance(cause, _PASSING) or _is_closed(cause):
        return Unavailable("The database cannot be reached just now. Try again in a moment.", headers=_LATER)
    return None


_LATER = {"Retry-After": "2"}


def _is_closed(cause: BaseException) -> bool:
    """asyncpg has one class for a connection that is gone and for its own misuse; the words tell them apart."""
    return isinstance(cause, InterfaceError) and "clos" in str(cause)


def _driver_error(error: BaseException) -> BaseException:
    """The innermost cause: SQLAlchemy wraps its adapter's error, which wraps asyncpg's."""
    while error.__cause__ is not None:
        error = error.__cause__
    return error


_TROUBLES = (DBAPIError, EmulatedDBAPIException, PoolTimeoutError, OSError, PostgresError, InterfaceError)
"""Of the database, by way of SQLAlchemy, of its adapter, or straight from the driver (`kernel.statements`)."""

Render = Callable[[Request, DomainError], Response]


def install_problems(app: FastAPI, *, page: Render) -> None:
    """Answer every error as a problem: JSON under /api, `page` for people."""

    def answer(request: Request, error: DomainError) -> Response:
        if request.url.path.startswith("/api/") or "text/html" not in request.headers.get("accept", ""):
            return problem(request, error)
        return page(request, error)

    async def on_domain(request: Request, error: Exception) -> Response:
        return answer(request, cast(DomainError, error))

    async def on_validation(request: Request, error: Exception) -> Response:
        return answer(request, from_validation(cast(RequestValidationError, error)))

    async def on_http(request: Request, error: Exception) -> Response:
        return answer(request, from_http(cast(HTTPException, error)))

    async def on_passing(request: Request, error: Exception) -> Response:
        known = from_database(error)
        if known is None:
            raise error
        log.warning("trouble", error=repr(_driver_error(error))[:300], answered=known.status)
        return answer(request, known)

    async def on_any(request: Request, error: Exception) -> Response:
        return answer(request, DomainError("This is our mistake; it was written to the log."))

    app.add_exception_handler(DomainError, on_domain)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    for trouble in _TROUBLES:
        app.add_exception_handler(trouble, on_passing)
    app.add_exception_handler(Exception, on_any)
