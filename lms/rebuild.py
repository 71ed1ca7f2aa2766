"""Projections held against the facts they come from: made anew, or compared row by row."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.recognition.queries import amounts_sql
from lms.recognition.service import rebuild_totals
from lms.skills.queries import PROJECTED
from lms.skills.service import project

_DIFFERENCE = "SELECT count(*) FROM (({stored} EXCEPT {derived}) UNION ALL ({derived} EXCEPT {stored})) d"
_COMPARISONS = {
    "standings": _DIFFERENCE.format(
        stored="SELECT person_id, competency, level, source, valid_until FROM standings",
        derived=PROJECTED.text.replace("CAST(:person AS uuid) IS NULL OR r.person_id = :person", "true"),
    ),
    "recognition_totals": _DIFFERENCE.format(
        stored="SELECT person_id, month, line, amount FROM recognition_totals",
        derived=f"SELECT * FROM ({amounts_sql()}) f",
    ),
}


async def rebuild_projections(session: AsyncSession) -> None:
    """Make every projection anew; readers see the old rows until this commits, and writers wait for it.

    A revocation at the same time takes away what it sees; rows made anew beside it would bring back what it revokes.
    Locked in the order in which writers come by: standings, then totals.
    """
    await session.execute(text("LOCK TABLE standings, recognition_totals IN SHARE ROW EXCLUSIVE MODE"))
    await project(session)
    await rebuild_totals(session)


async def compare_projections(session: AsyncSession) -> dict[str, int]:
    """How many rows of each projection differ from what the facts give; all zero when all is well."""
    return {name: int(await session.scalar(text(sql)) or 0) for name, sql in _COMPARISONS.items()}
