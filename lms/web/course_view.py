"""What pages say about courses: words in the reader's language, a person's own state, the way through one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from fastapi import Request
from markupsafe import Markup

from lms.catalogue.domain import Activity, Course, Edition, Label, Source
from lms.catalogue.markdown import render
from lms.completions.domain import Source as CompletionSource
from lms.enrolments.domain.renewals import Lapsing, RenewalState
from lms.enrolments.domain.states import (
    ActivityState,
    EnrolmentState,
    Progress,
    minutes_left,
    next_activity,
    state_of,
)
from lms.kernel.i18n import LANGUAGES
from lms.web.templating import written_in

_CITED = re.compile(r'href="#source-([a-z0-9-]+)"')
_ONE_PARAGRAPH = re.compile(r"\s*<p>((?:(?!</?p>).)*)</p>\s*", re.DOTALL)
_SHAPES = {
    ActivityState.NOT_STARTED: "not_started",
    ActivityState.STARTED: "in_progress",
    ActivityState.FAILED: "in_progress",
    ActivityState.SUBMITTED: "waiting",
    ActivityState.COMPLETED: "completed",
}


@lru_cache(maxsize=1000)  # published words never change
def html_of(markdown: str, sources: tuple[Source, ...] = (), top_heading: int = 2) -> Markup:
    """Course text as safe HTML."""
    return Markup(render(markdown, sources, top_heading=top_heading))  # noqa: S704 — sanitised by `render`


def inline(markdown: str, sources: tuple[Source, ...] = ()) -> Markup:
    """Course text for a label: without the paragraph around it when there is only one."""
    made = html_of(markdown, sources, 4)
    alone = _ONE_PARAGRAPH.fullmatch(made)
    return Markup(alone[1]) if alone else made  # noqa: S704 — a part of what was sanitised


def cited(sources: Sequence[Source], *texts: str) -> list[tuple[int, Source]]:
    """The sources these HTML texts point to, with the numbers they point by."""
    named = {key for text in texts for key in _CITED.findall(text)}
    return [(number, each) for number, each in enumerate(sources, 1) if each.id in named]


def foreign(text: str, language: str, page: str) -> str | Markup:
    """A title in the language it is written in, marked where that is not the page's."""
    if language == page:
        return text
    return Markup("<bdi {}>{}</bdi>").format(written_in(language), text)


def said(label: Label, reader: str) -> str | Markup:
    """A text of the taxonomy, marked where the reader's language is not among its own."""
    return foreign(label.for_reader(reader), label.language_for(reader), reader)


def reading_language(request: Request, edition: Edition) -> str:
    """The language of an edition's words for whoever reads this page."""
    return edition.language_for(request.state.language)


def own_names(languages: Iterable[str]) -> Markup:
    """Languages by their own names, each marked as what it is: a list in no language, so with no "and"."""
    names = (
        Markup("<bdi {}>{}</bdi>").format(written_in(each), LANGUAGES[each].own_name) for each in languages
    )
    return Markup(" · ").join(names)


def language_choices(languages: Iterable[str], reader: str) -> list[tuple[str, str, str | None]]:
    """Languages as options of a form, by their own names."""
    return [(each, LANGUAGES[each].own_name, None if each == reader else each) for each in languages]


# -- a person's own state ----------------------------------------------------------------------------------


def own_state(
    enrolment: Any, pinned: Edition | None, completion: Any, offered: Edition | None, *, today: date
) -> dict[str, Any]:
    """Where a person stands with a course, as the status macro takes it: a running enrolment comes first.

    `offered` is the edition by which a completion is renewed. Empty for someone who has nothing to do with the course
    yet: there is no status to show.
    """
    if enrolment is not None and pinned is not None and enrolment.state == EnrolmentState.ACTIVE:
        return enrolment_state(enrolment, pinned)
    if completion is not None:
        if completion.source == CompletionSource.WAIVER and completion.valid_until >= today:
            return {"state": "waived", "by": completion.valid_until}
        if completion.valid_until is not None and completion.valid_until < today:
            return {"state": "lapsed", "on": completion.valid_until}
        if (
            offered is not None
            and Lapsing.of(completion).state_on(today, offered.course) is RenewalState.OPEN
        ):
            return {"state": "renew", "by": completion.valid_until}
        return {"state": "completed", "on": completion.occurred_on}
    return {}


def enrolment_state(enrolment: Any, pinned: Edition) -> dict[str, Any]:
    """Where someone stands with a course they are on."""
    if not enrolment.progress:
        return {"state": "not_started"}
    if waits(pinned.course, enrolment.progress):
        return {"state": "waiting"}
    return {"state": "in_progress", "minutes": minutes_left(pinned.course, enrolment.progress)}


def waits(course: Course, progress: Progress) -> bool:
    """Whether all that is left to do is done by the assessor."""
    todo = next_activity(course, progress)
    handed_in = any(state_of(progress, each.key) is ActivityState.SUBMITTED for each in course.activities)
    return handed_in and (todo is None or not todo.required)


def latest_enrolments(rows: Sequence[Any]) -> dict[Any, Any]:
    """The enrolment that counts for each course, by course id; `rows` are the latest first."""
    found: dict[Any, Any] = {}
    for row in rows:
        if row.state != EnrolmentState.WITHDRAWN:
            found.setdefault(row.course_id, row)
    return found


# -- the way through a course ------------------------------------------------------------------------------


def outline(
    edition: Edition, row: Any, reader: str, *, base: str, current: str | None = None
) -> list[dict[str, Any]]:
    """Modules and activities as the outline macro takes them; open is where the reader is, or goes on.

    `base` begins their addresses.
    """
    going_on = resume_at(edition, row)
    here = current or (going_on.key if going_on else None)
    return [
        {
            "title": foreign(
                f"{number}. {edition.texts[row.language].modules[module.key]}", row.language, reader
            ),
            "key": module.key,
            "minutes": module.minutes,
            "done": all(
                state_of(row.progress, each.key) is ActivityState.COMPLETED for each in module.activities
            ),
            "open": any(each.key == here for each in module.activities),
            "activities": [_item(edition, row, each, reader, base, current) for each in module.activities],
        }
        for number, module in enumerate(edition.course.modules, 1)
    ]


def _item(
    edition: Edition, row: Any, activity: Activity, reader: str, base: str, current: str | None
) -> dict[str, Any]:
    return {
        "title": foreign(title_of(edition, row, activity.key), row.language, reader),
        "href": f"{base}/{activity.key}",
        "state": _SHAPES[state_of(row.progress, activity.key)],
        "minutes": activity.minutes,
        "current": activity.key == current,
        "kind": activity.kind.value,
        "required": activity.required,
    }


def title_of(edition: Edition, row: Any, activity: str) -> str:
    """An activity's title in the enrolment's language."""
    return edition.activity_text(activity, row.language).title


def resume_at(edition: Edition, row: Any) -> Activity | None:
    """Where to go on: the page last read if it is not finished, else the first thing still to do."""
    key = (row.place or "").partition("#")[0]
    found = next((each for each in edition.course.activities if each.key == key), None)
    if found is not None and state_of(row.progress, key) in (
        ActivityState.NOT_STARTED,
        ActivityState.STARTED,
    ):
        return found
    return next_activity(edition.course, row.progress)


def after(course: Course, progress: Progress, activity: str) -> Activity | None:
    """What comes after an activity: the next one not done in the order of study, else any not done."""
    keys = [each.key for each in course.activities]
    later = course.activities[keys.index(activity) + 1 :]
    undone = (ActivityState.NOT_STARTED, ActivityState.STARTED, ActivityState.FAILED)
    found = next((each for each in later if state_of(progress, each.key) in undone), None)
    if found is not None:
        return found
    todo = next_activity(course, progress)
    return None if todo is None or todo.key == activity else todo


def last_moved(progress: Mapping[str, Mapping[str, Any]]) -> str:
    """The moment of the last change of progress, as text that sorts; empty when nothing was begun."""
    return max((str(each["at"]) for each in progress.values()), default="")
