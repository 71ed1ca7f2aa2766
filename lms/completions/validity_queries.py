"""SQL about until when facts count, for every room that reads validity."""

from typing import Any

from sqlalchemy import Table, func, select

from lms.completions.models import ValidityChange
from lms.kernel.database import table_of

changes = table_of(ValidityChange)


def valid_until(facts: Any, *, moment: Any = None) -> Any:
    """The column of the last day on which a row of `facts` counts, as known now or at `moment`; NULL: no end."""
    return func.coalesce(_newest(facts, changes.c.valid_until, moment), facts.c.valid_until).label(
        "valid_until"
    )


def superseded_by(facts: Any) -> Any:
    """The column of the course version that set this end, by asking holders to renew; NULL where none did."""
    return _newest(facts, changes.c.superseded_by_id).label("superseded_by_id")


def days_added(facts: Any) -> Any:
    """The column of the days by which absences have moved this end."""
    return func.coalesce(_newest(facts, changes.c.days_added), 0).label("days_added")


def _newest(facts: Any, column: Any, moment: Any = None) -> Any:
    newest = select(column).where(changes.c.fact_id == facts.c.id)
    if moment is not None:
        newest = newest.where(changes.c.recorded_at <= moment)
    newest = newest.order_by(changes.c.recorded_at.desc(), changes.c.id.desc()).limit(1)
    return newest.correlate(facts).scalar_subquery()


def but_valid_until(facts: Table) -> list[Any]:
    """The other columns of such a table, to select beside `valid_until`."""
    return [column for column in facts.c if column.name != "valid_until"]


def valid_until_sql(fact: str) -> str:
    """The same for a statement in the database's own words: `fact` is the table's alias in it."""
    return f"""coalesce((SELECT w.valid_until FROM validity_changes w WHERE w.fact_id = {fact}.id
                          ORDER BY w.recorded_at DESC, w.id DESC LIMIT 1), {fact}.valid_until)"""
