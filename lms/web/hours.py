"""Page of the report on learning time: hours planned, protected and used by an entity's people, as totals."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession
from lms.kernel.i18n import format_minutes
from lms.people.queries import entities_in_scope
from lms.reports import learning_time
from lms.reports.learning_time import LearningTimeRow
from lms.reports.recognition import KINDS
from lms.web.charts import Bar
from lms.web.given import chosen, texts
from lms.web.session import page_permit, show
from lms.web.templating import with_query
from lms.web.words import kinds_of_personnel

router = APIRouter()
ADDRESS, YEARS = "/reports/learning-time", 3


@router.get(ADDRESS)
async def hours(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.LEARNING_TIME_READ),
    entity: Annotated[str, Query(max_length=100)] = "",
    year: Annotated[str, Query(max_length=10)] = "",
    kind: Annotated[str, Query(max_length=30)] = "",
) -> Response:
    """The totals of an entity, and of each office under it."""
    entities = await entities_in_scope(session, actor=actor, permission=Permission.LEARNING_TIME_READ)
    this_year = clock.today().year
    years = {str(each): each for each in range(this_year, this_year - YEARS, -1)}
    own = actor.entity_key if actor.entity_key in {each.key for each in entities} else entities[0].key
    values = {
        "entity": entity or str(own),
        "year": chosen({"year": year}, "year", years, str(this_year)),
        "kind": chosen({"kind": kind}, "kind", dict.fromkeys(KINDS), "staff"),
    }
    frame = await learning_time.frame(
        session, actor=actor, entity=values["entity"], year=years[values["year"]], kind=values["kind"]
    )
    rows = await learning_time.build(session, frame)
    kinds = kinds_of_personnel(request.state.language)
    context: dict[str, Any] = {
        "frame": frame,
        "rows": rows,
        "total": rows[0],
        "bars": bars_of(request, rows),
        "values": values,
        "entities": [(each.key, each.name) for each in entities],
        "kinds": [(key, kinds[key]) for key in KINDS],
        "years": [(each, each) for each in years],
        "files": [("CSV", with_query(f"/api/v1{ADDRESS}.csv", **values, language=request.state.language))],
        "address": ADDRESS,
        "may_propose": actor.may(Permission.PLANS_PROPOSE),
    }
    return show(request, "supervisor/hours.html", context)


def bars_of(request: Request, rows: Sequence[LearningTimeRow]) -> list[Bar]:
    """The three totals on one scale; a hidden one has no bar and says so."""
    says, total = texts(request), rows[0]
    named = [
        (says.gettext("Planned"), total.planned),
        (says.gettext("Protected"), total.protected),
        (says.gettext("Used"), total.used),
    ]
    return [
        Bar(
            label=label,
            value=each.minutes if each else None,
            shown=format_minutes(each.minutes, request.state.language) if each else says.gettext("not shown"),
        )
        for label, each in named
    ]
