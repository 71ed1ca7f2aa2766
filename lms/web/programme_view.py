"""What pages say about programmes: how far the reader is, what is done, and the one course to go on with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from lms.catalogue.domain import AnyItem, Edition, Programme
from lms.catalogue.queries import keys_of
from lms.completions.domain.programmes import ItemState, ProgrammeState, courses_left
from lms.completions.progress import OwnProgrammes, own_programmes
from lms.enrolments.domain.states import EnrolmentState, minutes_left
from lms.kernel.access import Actor
from lms.kernel.http import DbSession
from lms.web.course_view import foreign, reading_language, said, waits
from lms.web.own_courses import OwnCourses


@dataclass(frozen=True, slots=True)
class Progress:
    """How far someone is in a programme; `left` are the courses to take, in order, taking `minutes` in all."""

    state: ProgrammeState
    done: int
    needed: int
    left: tuple[str, ...]
    minutes: int
    standing: Any | None  # the row of the completion that stands

    @property
    def about(self) -> int:
        """`minutes` to the nearest quarter of an hour, since nobody learns by the minute."""
        return self.minutes if self.minutes < 60 else round(self.minutes / 15) * 15


class Desk:
    """Programmes and courses as their reader has them: read once for a page."""

    def __init__(
        self, request: Request, programmes: OwnProgrammes, courses: OwnCourses, keys: dict[Any, str]
    ) -> None:
        self.request, self.programmes = request, programmes
        self.reader: str = request.state.language
        self.courses = courses
        self.states = {keys[each]: courses.state(each) for each in keys}
        active = {
            keys[each]: row
            for each, row in courses.enrolments.items()
            if row.state == EnrolmentState.ACTIVE and each in keys
        }
        self.active = active
        self.minutes = programmes.minutes | {
            key: minutes_left(courses.edition_of(row).course, row.progress) for key, row in active.items()
        }

    def progress(self, programme: Programme) -> Progress:
        """How far in this programme."""
        state = self.programmes.state(programme)
        left = courses_left(state, self.minutes)
        done, needed = state.done_and_all()
        standing = self.programmes.standing.get(programme.key)
        return Progress(state, done, needed, left, sum(self.minutes.get(each, 0) for each in left), standing)

    def card(self, programme: Programme) -> dict[str, Any]:
        """A programme as its card takes it."""
        return {
            "key": programme.key,
            "name": said(programme.name, self.reader),
            "summary": said(programme.summary, self.reader),
            "progress": self.progress(programme),
        }

    def course(self, key: str) -> dict[str, Any]:
        """A course of a programme, with the reader's own state in it; one that is no longer on offer by its key."""
        edition = self.programmes.editions.get(key)
        if edition is None:
            return {"title": key, "href": None, "minutes": None, "state": self.states.get(key, {})}
        return {
            "title": self._title(edition),
            "href": f"/learn/{key}" if key in self.active else f"/courses/{key}",
            "minutes": self.programmes.minutes[key],
            "state": self.states.get(key, {}),
        }

    def _title(self, edition: Edition) -> Any:
        language = reading_language(self.request, edition)
        return foreign(edition.texts[language].title, language, self.reader)

    def steps(self, state: ProgrammeState) -> list[dict[str, Any]]:
        """The items in their order, each with its courses; those of a programme within are steps of their own."""
        return [self._step(each) for each in state.items]

    def _step(self, item: ItemState) -> dict[str, Any]:
        step: dict[str, Any] = {"met": item.is_met, "missing": item.missing, "within": None, "any": None}
        if item.within is not None:
            inner = self.programmes.programmes.get(getattr(item.item, "programme", ""))
            name = said(inner.name, self.reader) if inner else ""
            return step | {
                "within": inner and {"key": inner.key, "name": name},
                "steps": self.steps(item.within),
            }
        if isinstance(item.item, AnyItem):
            return step | {"any": item.item.any, "courses": [self.course(each) for each in item.item.of]}
        return step | {"courses": [self.course(getattr(item.item, "course", ""))]}

    def next_course(self, left: Sequence[str]) -> dict[str, Any] | None:
        """The course to go on with: one that was begun, else the first that nothing else comes before.

        One whose work waits for its assessor is passed over: there is nothing to do in it.
        """
        begun = [key for key in left if key in self.active and not self._waits(key)]
        fresh = [key for key in left if key not in self.active and self._may_begin(key)]
        key = next(iter([*begun, *fresh]), None)
        return None if key is None else {"key": key, "begun": key in self.active, **self.course(key)}

    def _waits(self, key: str) -> bool:
        row = self.active[key]
        return waits(self.courses.edition_of(row).course, row.progress)

    def _may_begin(self, key: str) -> bool:
        edition = self.programmes.editions.get(key)
        held = {each.course for each in self.programmes.done}
        return edition is not None and all(
            each in held or each not in self.programmes.editions for each in edition.course.prerequisites
        )


async def desk_of(
    request: Request,
    session: DbSession,
    actor: Actor,
    own: OwnCourses,
    *,
    wanted: Sequence[str] | None = None,
) -> Desk:
    """The reader's own standing in the programmes `wanted` (all, when left out) and in their courses."""
    programmes = await own_programmes(session, actor=actor, wanted=wanted)
    keys = await keys_of(session, list({*own.enrolments, *own.completions}))
    return Desk(request, programmes, own, keys)


def in_order(desk: Desk, focuses: Sequence[str]) -> list[Programme]:
    """What is not completed first; of those, programmes for the reader's focus, for every focus, for others."""

    def place(programme: Programme) -> tuple[bool, int]:
        courses = desk.programmes.programmes.courses_of(programme.key)
        editions = (desk.programmes.editions[key] for key in courses if key in desk.programmes.editions)
        named = {focus for edition in editions for focus in edition.course.focuses}
        rank = 1 if not named or not focuses else 0 if named & set(focuses) else 2
        return desk.programmes.state(programme).is_complete, rank

    return sorted(desk.programmes.programmes.programmes, key=place)
