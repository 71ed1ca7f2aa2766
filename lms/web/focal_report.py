"""Page of the report on focal points."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.reports import focal_points
from lms.reports.units import choosable
from lms.web.coverage import HIDDEN
from lms.web.session import page_permit, show
from lms.web.templating import with_query

router = APIRouter()
ADDRESS, _READ = "/focal-points/report", Permission.FOCAL_POINTS_READ


@router.get(ADDRESS)
async def report(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(_READ),
    entity: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """Offices with and without a focal point, and what focal points say of their posts."""
    language = request.state.language
    options = await choosable(session, actor=actor, permission=_READ)
    frame = await focal_points.frame(session, actor=actor, entity=entity or None, language=language)
    file = with_query("/api/v1/reports/focal-points.csv", entity=entity or None, language=language)
    rows = await focal_points.build(session, frame)
    context: dict[str, Any] = {
        "frame": frame,
        "rows": rows,
        "missing": list(dict.fromkeys(name for row in rows for _, name in row.missing)),
        "values": {"entity": entity},
        "entities": options.entities,
        "files": [("CSV", file)],
        "hidden": HIDDEN,
    }
    return show(request, "focal_points/report.html", context)
