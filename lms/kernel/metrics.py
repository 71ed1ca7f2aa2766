"""Prometheus figures, added up over all server processes when PROMETHEUS_MULTIPROC_DIR names a folder."""

import os
from functools import lru_cache

from fastapi import FastAPI, Response
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector  # type: ignore[import-untyped, unused-ignore]

REQUESTS = Counter("lms_requests_total", "Requests answered", ["method", "route", "status"])
SECONDS = Histogram(
    "lms_request_seconds",
    "Time from the request's arrival to the end of its answer",
    ["method", "route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
JOBS = Counter("lms_jobs_total", "Jobs run", ["name", "outcome"])


def observe(method: str, route: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    count, time = _series(method, route, status)
    count.inc()
    time.observe(seconds)


@lru_cache(maxsize=4096)
def _series(method: str, route: str, status: int) -> tuple[Counter, Histogram]:
    """The figures with these labels, which the library would look up under a lock each time."""
    return REQUESTS.labels(method, route, str(status)), SECONDS.labels(method, route)


def install_metrics(app: FastAPI) -> None:
    """Serve /metrics."""

    @app.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        registry: CollectorRegistry = REGISTRY
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call, unused-ignore]
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
