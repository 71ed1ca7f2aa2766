"""The impact of an edition as others than operators see it: whole organisations, small figures hidden.

Authors have no right to see people, so everything is outside their own: as in the reports of counts, offices are not
shown, and figures of fewer than five people, or that would give such a figure away, are hidden.
"""

from dataclasses import dataclass

from lms.catalogue.service import Impact, Touched
from lms.kernel.small_cells import hidden_figures, sum_figures, table_figures


@dataclass(frozen=True, slots=True)
class TouchedRow:
    """People of an organisation (None: of all); a figure that is hidden is None.

    `holding`: those of the completed whose completion is valid.
    """

    organisation: str | None
    in_progress: int | None
    completed: int | None
    holding: int | None


def rows_of(impact: Impact) -> list[TouchedRow]:
    """All together first, then each organisation by key; nothing when nobody is touched."""
    by_organisation = _added_up(impact.by_entity)
    if not by_organisation:
        return []
    going = sum_figures({key: each[0] for key, each in by_organisation.items()}, name="in_progress")
    # Holders and those whose completion has lapsed make up the completed, so one tells of the other.
    cells = {
        (key, part): each[at]
        for key, each in by_organisation.items()
        for part, at in (("holds", 1), ("lapsed", 2))
    }
    done = table_figures(cells, name="completed")
    hidden = hidden_figures([*going.values(), *done.values()])

    def shown(figure: object) -> int | None:
        return None if figure.key in hidden else figure.people  # type: ignore[attr-defined]

    return [
        TouchedRow(key, shown(going[key]), shown(done[key, None]), shown(done[key, "holds"]))
        for key in (None, *sorted(by_organisation))
    ]


def _added_up(touched: tuple[Touched, ...]) -> dict[str, tuple[int, int, int]]:
    """In progress, holding and lapsed, by organisation."""
    found: dict[str, tuple[int, int, int]] = {}
    for each in touched:
        going, holding, lapsed = found.get(each.organisation, (0, 0, 0))
        found[each.organisation] = (
            going + each.in_progress, holding + each.holding, lapsed + each.completed - each.holding,
        )  # fmt: skip
    return found
