"""How far a person is in programmes: their own completions against what is published now."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain import Edition, Programme, Programmes
from lms.catalogue.queries import get_editions, get_programmes, refs_by_key
from lms.completions.domain.programmes import Done, ProgrammeState, programme_state
from lms.completions.queries import done_of, list_programme_completions
from lms.kernel import clock
from lms.kernel.access import Actor


@dataclass(frozen=True, slots=True)
class OwnProgrammes:
    """A person's own standing in every programme, read once for a page however many programmes it shows.

    `standing` are rows of completions of programmes that are neither revoked nor lapsed, the latest first;
    `editions` the courses on offer that count for any of `wanted`.
    """

    programmes: Programmes
    done: list[Done]
    standing: dict[str, Any]
    editions: dict[str, Edition]

    def state(self, programme: Programme) -> ProgrammeState:
        """How far in this programme, today."""
        return programme_state(self.programmes, programme.key, self.done, clock.today())

    @property
    def minutes(self) -> dict[str, int]:
        """What completing each course takes."""
        return {
            key: sum(each.minutes for each in edition.course.required_activities)
            for key, edition in self.editions.items()
        }


async def own_programmes(
    session: AsyncSession, *, actor: Actor, wanted: Iterable[str] | None = None
) -> OwnProgrammes:
    """The actor's standing; editions of the courses of the programmes `wanted` (all, when left out)."""
    programmes = (await get_programmes(session)).programmes
    keys = [each.key for each in programmes.programmes] if wanted is None else list(wanted)
    refs = await refs_by_key(session, sorted({c for key in keys for c in programmes.courses_of(key)}))
    editions = await get_editions(session, [ref.version_id for ref in refs.values()])
    rows = await list_programme_completions(session, actor=actor, person_id=actor.person_id, limit=200)
    return OwnProgrammes(
        programmes=programmes,
        done=await done_of(session, person_id=actor.person_id),
        standing={row.programme: row for row in reversed(rows) if _stands(row)},
        editions={key: editions[ref.version_id] for key, ref in refs.items()},
    )


def _stands(row: Any) -> bool:
    return row.revoked_at is None and (row.valid_until is None or row.valid_until >= clock.today())
