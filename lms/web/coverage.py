"""The coverage report as a heat map with its table, and one cell of it opened into competencies and courses."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Taxonomy
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import DomainError, NotFound
from lms.kernel.http import DbSession
from lms.kernel.i18n import format_number, translator
from lms.reports import coverage
from lms.reports.coverage import CompetencyRow, Coverage, CoverageRow, Frame
from lms.reports.recognition import KINDS
from lms.reports.units import Choosable, choosable
from lms.web.charts import Cell
from lms.web.course_view import foreign
from lms.web.given import Errors, Values, chosen, day_in, said, texts
from lms.web.session import page_permit, show
from lms.web.templating import isolated, with_query
from lms.web.words import kinds_of_personnel

router = APIRouter()
COVERAGE = "/reports/coverage"
HIDDEN = "×"
"""Stands for a figure that is not shown. No number, and no "fewer than five": it may be more."""

EntityKey = Annotated[str, Query(max_length=100)]
Kind = Annotated[str, Query(max_length=30)]
AsAt = Annotated[str, Query(max_length=20)]


@router.get(COVERAGE)
async def report(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.COVERAGE_READ),
    entity: EntityKey = "",
    kind: Kind = "staff",
    as_at: AsAt = "",
) -> Response:
    """Entities by focus and skill area: who holds, whose profile asks, what teaches it, and what is empty."""
    values, errors = _values(entity, kind, as_at), Errors()
    options = await choosable(session, actor=actor)
    frame = await _frame(request, session, actor, values, errors)
    context: dict[str, Any] = {**form_context(request, options, values, errors), "report": None}
    if frame is None:
        return show(request, "hr/coverage.html", context, status=422)
    found = await coverage.build(session, frame)
    context["report"] = _View(request, found, values).context()
    return show(request, "hr/coverage.html", context)


def _values(entity: str, kind: str, as_at: str) -> Values:
    return {
        "entity": entity,
        "kind": chosen({"kind": kind}, "kind", dict.fromkeys(KINDS), "staff"),
        "as_at": as_at,
    }


async def _frame(
    request: Request, session: AsyncSession, actor: Actor, values: Values, errors: Errors
) -> Frame | None:
    """What the address asks for; None with a line in `errors` for what cannot be shown."""
    as_at = day_in(values, "as_at", errors, texts(request))
    try:
        return (
            None
            if errors
            else await coverage.frame(
                session,
                actor=actor,
                entity=values["entity"] or None,
                kind=values["kind"],
                as_at=as_at,
                language=request.state.language,
            )
        )
    except NotFound:
        raise
    except DomainError as error:
        errors.update(said(error))
        return None


def form_context(request: Request, options: Choosable, values: Values, errors: Errors) -> dict[str, Any]:
    """What the filters of both reports take."""
    kinds = kinds_of_personnel(request.state.language)
    return {
        "values": values,
        "errors": errors,
        "entities": options.entities,
        "is_own": not options.outside,
        "kinds": [(key, kinds[key]) for key in KINDS],
        "today": clock.today(),
    }


class _View:
    """The report in the reader's words."""

    def __init__(self, request: Request, found: Coverage, values: Values) -> None:
        self.language = request.state.language
        self.says = translator(self.language)
        self.found, self.values = found, values
        self.taxonomy = found.frame.taxonomy
        self.rows = found.rows()

    def context(self) -> dict[str, Any]:
        """What the template takes as `report`."""
        frame = self.found.frame
        files = {"entity": self.values["entity"] or None, "kind": frame.kind, "language": self.language}
        files["as_at"] = str(frame.as_at) if frame.as_at else None
        return {
            "frame": frame,
            "areas": [area.name.for_reader(self.language) for area in self.taxonomy.skill_areas],
            "heat_rows": [
                (self._label(row), [self._heat(row, at) for at in range(len(row.cells))]) for row in self.rows
            ],
            "lines": [line for row in self.rows for line in self._lines(row)],
            "nothing_suited": _once(row.unit.name for row in self.rows if row.unit and row.nothing_suited),
            "files": [
                (end.upper(), with_query(f"/api/v1/reports/coverage.{end}", **files))
                for end in ("csv", "xlsx")
            ],
            "hidden": HIDDEN,
        }

    def _label(self, row: CoverageRow) -> Markup:
        name = self.name_of(row)
        focus = focus_name(self.taxonomy, row.focus, self.language)
        note = Markup('<span class="cell-note">{}</span>').format(focus) if row.unit else ""
        units = self.found.frame.reach
        if row.unit is None or row.unit.key == self.values["entity"] or units.outside:
            return Markup("{}{}").format(isolated(name), note)
        href = with_query(COVERAGE, **{**self.values, "entity": row.unit.key})
        return Markup('<a href="{}">{}</a>{}').format(href, isolated(name), note)

    def name_of(self, row: CoverageRow) -> str:
        """An entity's name."""
        return row.unit.name if row.unit else self.says.gettext("All entities")

    def _heat(self, row: CoverageRow, at: int) -> Cell:
        cell = row.cells[at]
        return Cell(
            value=_share(cell.holding, cell.asked),
            shown=f"{figure(cell.holding, self.language)} / {figure(cell.asked, self.language)}",
            href=self._opened(row, cell.area),
            said=self._said(cell),
            empty=cell.empty,
        )

    def _said(self, cell: coverage.Cell) -> str:
        _ = self.says.gettext
        holding = _("not shown") if cell.holding is None else format_number(cell.holding, self.language)
        asked = _("not shown") if cell.asked is None else format_number(cell.asked, self.language)
        said_ = _(
            "People who hold a level: %(holding)s. People whose profile asks for it: %(asked)s.",
            holding=holding,
            asked=asked,
        )
        return f"{said_} {_('No course teaches it.')}" if cell.empty else said_

    def _opened(self, row: CoverageRow, area: str) -> str | None:
        if row.unit is None:
            return None
        query = {"entity": row.unit.key, "focus": row.focus, "skill_area": area, "kind": self.values["kind"]}
        return with_query(f"{COVERAGE}/cell", **query, as_at=self.values["as_at"] or None)

    def _lines(self, row: CoverageRow) -> list[dict[str, Any]]:
        """The same cells as lines of a table."""
        areas = {each.key: each.name.for_reader(self.language) for each in self.taxonomy.skill_areas}
        return [
            {
                "entity": self.name_of(row),
                "focus": focus_name(self.taxonomy, row.focus, self.language) if row.unit else None,
                "area": areas[cell.area],
                "href": self._opened(row, cell.area),
                "cell": cell,
            }
            for cell in row.cells
        ]


def _once(names: Any) -> list[str]:
    return list(dict.fromkeys(names))


def _share(holding: int | None, asked: int | None) -> float | None:
    """How dark a cell is: people who hold against people asked, all of them at most; nothing for a hidden figure."""
    if holding is None or asked is None or not (holding or asked):
        return None
    return min(1.0, holding / asked) if asked else 1.0


def figure(people: int | None, language: str) -> str:
    """A count, or the sign of one that is not shown."""
    return HIDDEN if people is None else format_number(people, language)


def focus_name(taxonomy: Taxonomy, key: str | None, language: str) -> str:
    """What a focus is called; a key that the vocabulary does not have stands for itself."""
    if key is None:
        return translator(language).gettext("No focus of its own")
    return next((each.name.for_reader(language) for each in taxonomy.focuses if each.key == key), key)


# -- one cell ----------------------------------------------------------------------------------------------


@router.get(COVERAGE + "/cell")
async def cell(
    request: Request,
    session: DbSession,
    entity: EntityKey,
    skill_area: Annotated[str, Query(max_length=100)],
    actor: Actor = page_permit(Permission.COVERAGE_READ),
    focus: Annotated[str, Query(max_length=100)] = "",
    kind: Kind = "staff",
    as_at: AsAt = "",
) -> Response:
    """One skill area of an entity: each competency with the people who hold it and the courses that teach it."""
    values, errors = _values(entity, kind, as_at), Errors()
    frame = await coverage.frame(
        session,
        actor=actor,
        entity=entity,
        kind=values["kind"],
        as_at=day_in(values, "as_at", errors, texts(request)),
        language=request.state.language,
    )
    row, competencies = await coverage.open_cell(session, frame, skill_area=skill_area, focus=focus or None)
    language, taxonomy = request.state.language, frame.taxonomy
    area = taxonomy.skill_area(skill_area)
    context = {
        "frame": frame,
        "entity_name": row.unit.name if row.unit else "",
        "focus_name": focus_name(taxonomy, row.focus, language),
        "area_name": area.name.for_reader(language),
        "cell": next(each for each in row.cells if each.area == skill_area),
        "competencies": _named(competencies, taxonomy, language),
        "kind_name": kinds_of_personnel(language)[values["kind"]],
        "back": with_query(COVERAGE, **{name: value for name, value in values.items() if value}),
        "hidden": HIDDEN,
        "foreign": foreign,
    }
    return show(request, "hr/coverage_cell.html", context)


def _named(rows: Sequence[CompetencyRow], taxonomy: Taxonomy, language: str) -> list[dict[str, Any]]:
    return [
        {"name": taxonomy.competency(each.competency).name.for_reader(language), "row": each} for each in rows
    ]
