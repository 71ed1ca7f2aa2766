"""Completions recorded elsewhere, many at a time: resolve people and courses, record, say what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_edition, refs_by_key, version_on
from lms.completions.domain import fault_in_day
from lms.completions.schemas import BatchRead, BatchResult, CompletionRecorded, RowFault
from lms.completions.service import Finished, record_elsewhere
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.people.domain import email_key
from lms.people.queries import ids_by_reference


@dataclass(frozen=True, slots=True)
class _Resolved:
    index: int
    finished: Finished


async def record_batch(
    session: AsyncSession, *, acting: Actor, rows: Sequence[CompletionRecorded]
) -> BatchRead:
    """Record what can be recorded; a bad row is refused by itself and the others stand."""
    refused, resolved = await _resolve(session, acting, rows)
    results = list(refused)
    if resolved:
        recorded = await record_elsewhere(
            session, acting=acting, finished=[each.finished for each in resolved]
        )
        for each, (completion_id, duplicate) in zip(resolved, recorded, strict=True):
            outcome = "duplicate" if duplicate else "recorded"
            results.append(
                BatchResult(index=each.index, outcome=outcome, id=completion_id, duplicate=duplicate)
            )
    results.sort(key=lambda result: result.index)
    return BatchRead(
        recorded=sum(result.outcome == "recorded" for result in results),
        duplicates=sum(result.duplicate for result in results),
        refused=len(refused),
        results=results,
    )


async def _resolve(
    session: AsyncSession, acting: Actor, rows: Sequence[CompletionRecorded]
) -> tuple[list[BatchResult], list[_Resolved]]:
    people = await _people(session, acting, rows)
    courses = await refs_by_key(session, sorted({row.course for row in rows}))
    pairs = [(courses[row.course].id, row.occurred_on) for row in rows if row.course in courses]
    versions = await version_on(session, pairs)
    refused, resolved = [], []
    for index, row in enumerate(rows):
        fault = _fault(row, known_person=row.person in people, known_course=row.course in courses)
        if fault is not None:
            refused.append(BatchResult(index=index, outcome="refused", error=fault))
            continue
        version_id = versions[courses[row.course].id, row.occurred_on]
        finished = await _finished(session, row, people[row.person], courses[row.course].id, version_id)
        resolved.append(_Resolved(index, finished))
    return refused, resolved


async def _people(
    session: AsyncSession, acting: Actor, rows: Sequence[CompletionRecorded]
) -> dict[str, UUID]:
    """Who is meant by each reference, of those whom the sender may record for."""
    ids: dict[str, UUID] = {}
    emails: list[str] = []
    for reference in {row.person for row in rows}:
        try:
            ids[reference] = UUID(reference)
        except ValueError:
            emails.append(reference)
    known, by_email = await ids_by_reference(
        session, list(ids.values()), emails, actor=acting, permission=Permission.COMPLETIONS_RECORD
    )
    found = {reference: person for reference, person in ids.items() if person in known}
    for email in emails:
        if email_key(email) in by_email:
            found[email] = by_email[email_key(email)]
    return found


def _fault(row: CompletionRecorded, *, known_person: bool, known_course: bool) -> RowFault | None:
    if not known_person:
        return RowFault(pointer="/person", detail="There is no such person among those you record for.")
    if not known_course:
        return RowFault(pointer="/course", detail=f"There is no course {row.course!r}.")
    sentence = fault_in_day(row.occurred_on, today=clock.today())
    return None if sentence is None else RowFault(pointer="/occurred_on", detail=sentence)


async def _finished(
    session: AsyncSession, row: CompletionRecorded, person_id: UUID, course_id: UUID, version_id: UUID
) -> Finished:
    course = (await get_edition(session, version_id)).course
    evidence = row.evidence or None
    is_link = evidence is not None and evidence.startswith(("https://", "http://"))
    return Finished(
        person_id=person_id,
        course_id=course_id,
        course_version_id=version_id,
        minutes=sum(each.minutes for each in course.required_activities),
        occurred_on=row.occurred_on,
        valid_until=course.last_valid_day(row.occurred_on),
        sender=row.source,
        evidence_words=None if is_link else evidence,
        evidence_link=evidence if is_link else None,
    )
