"""What the pages of a plan show: its steps with their state, what comes next, the gap, what was left out."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request
from markupsafe import Markup

from lms.catalogue.profiles import profile_of_post
from lms.catalogue.queries import CourseRef, get_profiles, get_taxonomy, refs_by_key, titles_on_offer
from lms.enrolments.domain.states import EnrolmentState
from lms.kernel.access import Actor
from lms.kernel.http import DbSession
from lms.people.queries import get_post_visible_to
from lms.plans.domain.explained import StepKind, Why, WhyNot
from lms.plans.domain.states import Wish
from lms.web.charts import Bar
from lms.web.own_courses import OwnCourses, own_courses
from lms.web.plan_words import Words, cause, filled, why, why_not
from lms.web.profile_view import Shown, shown

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asker:
    """What a page of one's own plan needs to know of the reader, read once: words, courses, and where they stand."""

    words: Words
    refs: Mapping[str, CourseRef]
    own: OwnCourses
    profile: Shown | None


async def asker(
    request: Request, session: DbSession, actor: Actor, *, own: OwnCourses | None = None
) -> Asker:
    """Read it, in a number of statements that does not grow with the plan."""
    reader, taxonomy = request.state.language, await get_taxonomy(session)
    titles = await titles_on_offer(session, language=reader)
    refs = await refs_by_key(session, [each.key for each in titles])
    found = own or await own_courses(session, actor)
    post = await get_post_visible_to(session, actor.person_id, actor=actor)
    held = profile_of_post(await get_profiles(session), post)
    completed = frozenset(key for key, ref in refs.items() if _is_completed(found, ref))
    words = Words({each.key: each for each in titles}, taxonomy, reader, completed=completed)
    return Asker(words, refs, found, shown(held, taxonomy, reader) if held else None)


def _is_completed(own: OwnCourses, ref: CourseRef) -> bool:
    found = own.completions.get(ref.id)
    return found is not None and (found.valid_until is None or found.valid_until >= own.today)


# -- steps -------------------------------------------------------------------------------------------------


def numbered(words: Words, content: Content, **more: Any) -> Words:
    """The words for this plan: its courses by the numbers of their steps."""
    numbers = {
        step["key"]: number
        for number, step in enumerate(content["steps"], 1)
        if step["kind"] == StepKind.COURSE  # a competency can have the key of a course
    }
    return Words(words.titles, words.taxonomy, words.reader, numbers, words.completed, **more)


def steps_of(words: Words, content: Content, asker: Asker | None = None) -> list[dict[str, Any]]:
    """The steps of a plan in their order; each with its state where it is one's own (`asker`)."""
    return [_step(words, step, asker) for step in content["steps"]]


def _step(words: Words, step: Mapping[str, Any], asker: Asker | None) -> dict[str, Any]:
    key, is_course = step["key"], step["kind"] == StepKind.COURSE
    ref = asker.refs.get(key) if asker and is_course else None
    state = _state(asker, ref, step) if asker and is_course else None
    return {
        "kind": step["kind"],
        "key": key,
        "title": words.course(key) if is_course else words.competency(key),
        "level": None if is_course else step["reasons"][0]["facts"]["wanted"],
        "minutes": step["minutes"],
        "with_work": step["with_work"],
        "weeks": _weeks(step) if is_course else None,
        "why": why(words, step),
        "state": state,
        "href": _address(asker, ref, key) if is_course else None,
        "begun": bool(asker and ref and _progress(asker.own, ref)),
        "assigned": any(each["why"] == Why.ASSIGNED for each in step["reasons"]),
        "pinned": any(each["why"] == Why.PINNED for each in step["reasons"]),
    }


def _weeks(step: Mapping[str, Any]) -> tuple[date, date] | None:
    if step["from"] is None:
        return None
    return date.fromisoformat(step["from"]), date.fromisoformat(step["until"])


def _state(asker: Asker, ref: CourseRef | None, step: Mapping[str, Any]) -> dict[str, Any]:
    """Where one stands with a course of the plan, as the status macro takes it; or that its work is left."""
    if ref is None:
        return {"state": "not_started"}
    state = asker.own.state(ref.id)
    if state.get("state") == "completed":
        if asker.own.waits(ref.id):
            return {"state": "waiting"}
        if any(each["why"] == Why.WORK_LEFT for each in step["reasons"]):
            return {"state": "work_left"}
    return state or {"state": "not_started"}


def _progress(own: OwnCourses, ref: CourseRef) -> Any:
    row = own.enrolments.get(ref.id)
    return row is not None and row.state == EnrolmentState.ACTIVE and row.progress


def _address(asker: Asker | None, ref: CourseRef | None, key: str) -> str:
    """Into the course for whoever is on it, to its page for everybody else."""
    row = asker.own.enrolments.get(ref.id) if asker and ref else None
    on_it = row is not None and (row.state == EnrolmentState.ACTIVE or row.state == EnrolmentState.COMPLETED)
    return f"/learn/{key}" if on_it else f"/courses/{key}"


def next_of(steps: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
    """The first step that is the person's to do: not done, and not with an assessor. Courses come before practice."""
    courses = (each for each in steps if each["kind"] == StepKind.COURSE)
    return next((each for each in courses if each["state"]["state"] not in ("completed", "waiting")), None)


# -- the gap, what was left out, what changed --------------------------------------------------------------


def gap_bars(words: Words, content: Content) -> list[Bar]:
    """A bar for each competency of the profile: held, held once the plan is done, wanted."""
    return [
        Bar(
            label=words.competency(line["competency"]).striptags(),
            value=line["held"],
            target=line["wanted"],
            then=line["planned"],
            href=f"/courses?competency={line['competency']}",
        )
        for line in content["gap"]
    ]


def reached(content: Content, by: str) -> int:
    """How many of the profile's competencies are at their level, `held` today or `planned`."""
    return sum(line[by] >= line["wanted"] for line in content["gap"])


def left_out_of(words: Words, content: Content, wishes: Mapping[str, str]) -> list[dict[str, Any]]:
    """What the person dropped first, whatever the plan says of it, then the plan's own list."""
    dropped = [key for key, wish in wishes.items() if wish == Wish.DROPPED]
    lines: list[Mapping[str, Any]] = [{"key": key, "why": WhyNot.DROPPED, "facts": {}} for key in dropped]
    lines += [each for each in content["left_out"] if each["key"] not in dropped]
    return [_left(words, each) for each in lines]


def _left(words: Words, left: Mapping[str, Any]) -> dict[str, Any]:
    is_course = left["why"] != WhyNot.NOBODY_TEACHES
    return {
        "key": left["key"],
        "is_course": is_course,
        "title": words.course(left["key"]) if is_course else words.competency(left["key"]),
        "dropped": left["why"] == WhyNot.DROPPED,
        "why": why_not(words, left),
    }


def changes_of(words: Words, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """What changed lately: the moment, what it followed, and which steps came and went."""
    return [
        {
            "at": row.at,
            "cause": cause(words, row),
            "added": _named(words, row.added),
            "removed": _named(words, row.removed),
        }
        for row in rows
    ]


def _named(words: Words, keys: Sequence[str]) -> Markup | None:
    return words.listed(named(words, key) for key in keys) if keys else None


def named(words: Words, key: str) -> Markup:
    """A step by its key: a course, or the practice of a competency."""
    if key in words.titles:
        return filled(words.gettext("“%(course)s”"), course=words.course(key))
    return filled(words.gettext("practice of %(competency)s"), competency=words.competency(key))


def length_of(content: Content) -> dict[str, Any]:
    """How many courses and minutes a plan has, how much practice, and when its last course ends."""
    courses = [each for each in content["steps"] if each["kind"] == StepKind.COURSE]
    ends = [date.fromisoformat(each["until"]) for each in courses if each["until"]]
    return {
        "courses": len(courses),
        "practice": len(content["steps"]) - len(courses),
        "minutes": content["minutes"],
        "until": max(ends, default=None),
    }
