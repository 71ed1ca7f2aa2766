"""The application: read this first.

`create_app` ties settings, database, routes, pages and the worker together; `lms serve` runs it.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from lms import reactions
from lms.adapters.storage import Storage
from lms.api import include_api
from lms.interop.calendar import router as calendar
from lms.interop.jwks import router as jwks
from lms.jobs.worker import running_worker
from lms.kernel.database import Database, make_engine
from lms.kernel.http import Problem, install_problems
from lms.kernel.logs import configure_logs
from lms.kernel.metrics import install_metrics
from lms.kernel.middleware import RequestMiddleware
from lms.operations import router as operations
from lms.settings import Settings, get_settings
from lms.web import install_pages, problem_page

DESCRIPTION = """Courses on partnership skills in the United Nations system: learn, complete, be recognised.
Sign in with a bearer token (`lms token`) or a browser session. Errors are `application/problem+json` (RFC 9457)."""


def create_app(settings: Settings | None = None) -> FastAPI:
    """The application for these settings; without them, for those of the environment."""
    settings = settings or get_settings()
    if settings.database_url is None:
        raise RuntimeError("LMS_DATABASE_URL is not set; `lms serve` starts a database of its own.")
    configure_logs(settings)
    reactions.install()
    app = FastAPI(
        title="Partnership Learning",
        version="1",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        # Its redirect would repeat whatever the caller claims the host is, and without TLS behind a proxy.
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.storage = Storage(settings.storage_dir)
    app.state.database = Database(
        make_engine(
            settings.database_url.get_secret_value(),
            pool_size=settings.database_pool_size,
            statement_cache=settings.database_statement_cache,
        )
    )
    include_api(app)
    app.include_router(operations)
    app.include_router(calendar)
    app.include_router(jwks)
    _document_problem(app)
    install_pages(app, settings)
    install_problems(app, page=problem_page)
    install_metrics(app)
    app.add_middleware(RequestMiddleware, secure=settings.environment == "production")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    settings: Settings = app.state.settings
    async with AsyncExitStack() as stack:
        stack.push_async_callback(app.state.database.close)
        if settings.jobs_in_server:
            await stack.enter_async_context(running_worker(settings))
        yield


def _document_problem(app: FastAPI) -> None:
    """Put the problem's schema, which routes refer to by name, into the OpenAPI document."""
    make = app.openapi

    def openapi() -> dict[str, object]:
        document = make()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        if "Problem" not in schemas:
            schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update(schema.pop("$defs", {}))
            schemas["Problem"] = schema
            schemas.pop("HTTPValidationError", None)
            schemas.pop("ValidationError", None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]
