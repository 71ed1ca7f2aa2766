"""The recognition report as pages, one person of it opened, and the policy it counts by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.queries import get_taxonomy, titles_of_versions
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.pagination import decode_cursor, encode_cursor
from lms.people.models import Entity
from lms.people.queries import entities_in_scope
from lms.recognition.domain import Period, RecognitionPolicy
from lms.recognition.queries import adoptions_in_force, adoptions_to_come, latest_policies
from lms.recognition.service import adopt_policy
from lms.reports import queries, recognition, recognition_files
from lms.reports.export.pdf import max_pdf_rows
from lms.reports.recognition import KINDS, Frame, Summary
from lms.web.course_view import foreign
from lms.web.given import Errors, Values, chosen, day_in, given, require, said, texts
from lms.web.recognition_view import (
    MONTHS_AT_MOST,
    competency_bars,
    competency_names,
    in_language,
    month_columns,
    months_of,
    open_lines,
    worth,
)
from lms.web.session import page_permit, redirect, show
from lms.web.templating import NavItem, with_query
from lms.web.words import kinds_of_personnel

router = APIRouter()
PAGE = 50
REPORT, POLICY = "/reports/recognition", "/reports/policy"
EntityKey = Annotated[str, Query(max_length=100)]
FromDay = Annotated[str, Query(alias="from", max_length=20)]
UntilDay = Annotated[str, Query(alias="to", max_length=20)]
Kind = Annotated[str, Query(max_length=30)]


@dataclass(frozen=True, slots=True)
class Choice:
    """What a reader wants to see; `period` is None when the days they gave make none."""

    entities: Sequence[Entity]
    values: Values
    errors: Errors
    period: Period | None

    def address(self, path: str, **more: Any) -> str:
        """A link that keeps the choice."""
        return with_query(path, **self.values, **more)


async def _choice(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    *,
    entity: str,
    from_on: str,
    until_on: str,
    kind: str,
) -> Choice:
    """The choice in the address; what is left out is one's own entity and this calendar year."""
    entities = await entities_in_scope(session, actor=actor, permission=Permission.REPORTS_READ)
    known = {each.key: each for each in entities}
    year = clock.today().year
    own = actor.entity_key if actor.entity_key in known else next(iter(known), "")
    values = {
        "entity": entity or str(own),
        "from": from_on or f"{year}-01-01",
        "to": until_on or f"{year}-12-31",
        "kind": chosen({"kind": kind}, "kind", dict.fromkeys(KINDS), "staff"),
    }
    errors: Errors = {}
    return Choice(entities, values, errors, _period(request, values, errors))


def _period(request: Request, values: Values, errors: Errors) -> Period | None:
    says = texts(request)
    first, last = day_in(values, "from", errors, says), day_in(values, "to", errors, says)
    if first is None or last is None:
        return None
    if last < first:
        errors["to"] = says.gettext("The period ends before it starts.")
    elif (last - first).days > 366 * 50:
        errors["to"] = says.gettext("A period has fifty years at most.")
    return None if errors else Period(first, last)


@router.get(REPORT)
async def report(
    request: Request,
    session: DbSession,
    actor: Actor = page_permit(Permission.REPORTS_READ),
    entity: EntityKey = "",
    from_on: FromDay = "",
    until_on: UntilDay = "",
    kind: Kind = "staff",
    cursor: Annotated[str | None, Query(max_length=2000)] = None,
) -> Response:
    """People of an entity in name order, with what they completed and showed in a period."""
    choice = await _choice(
        request, session, actor, entity=entity, from_on=from_on, until_on=until_on, kind=kind
    )
    context = {**_form(request, choice, actor), "report": None}
    if choice.period is None:
        return show(request, "hr/report.html", context, status=422)
    frame = await recognition.frame(
        session, actor=actor, entity=choice.values["entity"], period=choice.period, kind=choice.values["kind"]
    )
    context["report"] = await _report(request, session, choice, frame, cursor)
    return show(request, "hr/report.html", context)


def _form(request: Request, choice: Choice, actor: Actor) -> dict[str, Any]:
    kinds = kinds_of_personnel(request.state.language)
    return {
        "values": choice.values,
        "errors": choice.errors,
        "entities": [(each.key, each.name) for each in choice.entities],
        "kinds": [(key, kinds[key]) for key in KINDS],
        "years": _years(choice),
        "may_adopt": actor.may(Permission.POLICIES_ADOPT),
        "may_read_time": actor.may(Permission.LEARNING_TIME_READ),
        "report_address": REPORT,
        "policy_address": POLICY,
    }


def _years(choice: Choice) -> list[NavItem]:
    """This calendar year and the two before it: what most reports are about, without typing days."""
    values, items = choice.values, []
    for year in range(clock.today().year, clock.today().year - 3, -1):
        days = {"from": f"{year}-01-01", "to": f"{year}-12-31"}
        items.append(NavItem(str(year), with_query(REPORT, **values | days), current=values == values | days))
    return items


async def _report(
    request: Request, session: AsyncSession, choice: Choice, frame: Frame, cursor: str | None
) -> dict[str, Any]:
    """Everything below the filters: as many statements for fifty people as for five."""
    after = decode_cursor(cursor, filters=choice.values, parts=(str, UUID))
    rows, more = await recognition.build_page(session, frame, after=after, limit=PAGE)
    last = rows[-1] if more else None
    summary = await recognition.build_summary(session, frame)
    return {
        "frame": frame,
        "period": frame.scope.period,
        "policy": frame.policy,
        "policy_title": in_language(frame.policy.rules.title, request.state.language)
        if frame.policy
        else None,
        "summary": summary,
        "rows": rows,
        "offices": {each.key: each.name for each in choice.entities},
        "competencies": competency_names(await get_taxonomy(session), request.state.language),
        "left": await queries.left_during(session, frame.scope),
        "address": choice.address(REPORT),
        "person_address": lambda person: choice.address(f"{REPORT}/people/{person}"),
        "next_cursor": encode_cursor([last.sort_key, last.person_id], filters=choice.values)
        if last
        else None,
        "is_first": cursor is None,
        "files": _files(request, choice, frame, summary),
        **await _charts(request, session, frame),
    }


def _files(request: Request, choice: Choice, frame: Frame, summary: Summary) -> list[tuple[str, str]]:
    """Downloads of all rows; a PDF is offered as long as one can be made."""
    language = request.state.language
    fits = summary.people <= max_pdf_rows(recognition_files.document(frame, summary, language=language))
    endings = ("csv", "xlsx", "pdf") if fits else ("csv", "xlsx")
    path = "/api/v1/reports/recognition."
    return [(ending.upper(), choice.address(path + ending, language=language)) for ending in endings]


async def _charts(request: Request, session: AsyncSession, frame: Frame) -> dict[str, Any]:
    language, taxonomy = request.state.language, await get_taxonomy(session)
    months = months_of(frame.scope.period, today=clock.today())
    by_competency = await queries.people_by_competency(session, frame.scope)
    columns = month_columns(await queries.courses_by_month(session, frame.scope), months, language)
    return {
        "month_columns": columns,
        "by_year": len(months) > MONTHS_AT_MOST,
        "first_month": months[0] if months else None,
        "last_month": months[-1] if months else None,
        "competency_bars": competency_bars(by_competency, taxonomy, language),
        "competencies_in_all": len(taxonomy.competencies),
    }


@router.get(REPORT + "/people/{person_id:uuid}")
async def open_person(
    request: Request,
    session: DbSession,
    person_id: UUID,
    actor: Actor = page_permit(Permission.REPORTS_READ),
    entity: EntityKey = "",
    from_on: FromDay = "",
    until_on: UntilDay = "",
    kind: Kind = "staff",
) -> Response:
    """One person of the report: the lines their total was added up from, and the facts under each."""
    choice = await _choice(
        request, session, actor, entity=entity, from_on=from_on, until_on=until_on, kind=kind
    )
    if choice.period is None:
        return redirect(request, choice.address(REPORT))
    frame = await recognition.frame(
        session, actor=actor, entity=choice.values["entity"], period=choice.period, kind=choice.values["kind"]
    )
    opened = await recognition.open_person(session, frame, person_id, actor=actor)
    language = request.state.language
    versions = [each.course_version_id for each in (*opened.completions, *opened.skill_records)]
    titles = await titles_of_versions(session, [each for each in versions if each], language=language)
    rules = frame.policy.rules if frame.policy else None
    adoptions = await adoptions_in_force(session, paths=[frame.scope.path], day=frame.scope.day)
    context = {
        "row": opened.row,
        "frame": frame,
        "period": frame.scope.period,
        "policy": frame.policy,
        "policy_title": in_language(rules.title, language) if rules else None,
        "adoption": adoptions.get(frame.scope.path),
        "shown": open_lines(
            opened, rules, titles=titles, taxonomy=await get_taxonomy(session), language=language
        ),
        "entity_name": {each.key: each.name for each in choice.entities}.get(
            opened.row.entity, opened.row.entity
        ),
        "may_see_facts": actor.may(Permission.COMPLETIONS_READ),
        "may_see_person": actor.may(Permission.PEOPLE_READ),
        "report_address": choice.address(REPORT),
        "foreign": foreign,
    }
    return show(request, "hr/report_person.html", context)


# -- the policy --------------------------------------------------------------------------------------------


@router.get(POLICY)
async def policy(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.POLICIES_ADOPT)
) -> Response:
    """Which policy counts where, what its lines are, and the form by which an entity adopts one."""
    return await _policy_page(request, session, actor, {"from": clock.today().isoformat()}, {})


async def _policy_page(
    request: Request, session: AsyncSession, actor: Actor, values: Values, errors: Errors
) -> Response:
    entities = await entities_in_scope(session, actor=actor, permission=Permission.POLICIES_ADOPT)
    paths, today = [each.path for each in entities], clock.today()
    policies = await latest_policies(session)
    context = {
        "values": values,
        "errors": errors,
        "entities": entities,
        "in_force": await adoptions_in_force(session, paths=paths, day=today),
        "to_come": await adoptions_to_come(session, paths=paths, day=today),
        "policies": [_policy_view(each, request.state.language) for each in policies],
        "entity_options": [(each.key, each.name) for each in entities],
        "policy_options": [
            (each.key, in_language(each.content["title"], request.state.language)) for each in policies
        ],
        "today": today,
        "title_of": lambda row: in_language(row.content["title"], request.state.language),
    }
    return show(request, "hr/policy.html", context, status=422 if errors else 200)


def _policy_view(row: Any, language: str) -> dict[str, Any]:
    rules = RecognitionPolicy.from_json(row.content)
    return {
        "key": rules.key,
        "version": rules.version,
        "digest": row.digest,
        "title": in_language(rules.title, language),
        "published_on": row.published_at.date(),
        "learning_cap": rules.learning_cap,
        "lines": [
            {"name": in_language(each.name, language), "worth": worth(each, language), "group": each.group}
            for each in rules.lines
        ],
    }


@router.post(POLICY)
async def adopt(
    request: Request, session: DbSession, actor: Actor = page_permit(Permission.POLICIES_ADOPT)
) -> Response:
    """Have an entity count by a policy from a day on."""
    values, says, errors = await given(request), texts(request), Errors()
    from_on = _adoption_day(values, errors, request)
    if from_on is not None and not errors:
        try:
            await adopt_policy(
                session,
                acting=actor,
                entity=values["entity"],
                policy=values["policy"],
                from_on=from_on,
                consultation=values["consultation"],
            )
        except DomainError as error:
            await roll_back(session)
            errors = said(error)
    if errors:
        return await _policy_page(request, session, actor, values, errors)
    return redirect(
        request, POLICY, flash=says.gettext("The policy is adopted. It counts from the day you gave.")
    )


def _adoption_day(values: Values, errors: Errors, request: Request) -> date | None:
    _ = texts(request).gettext
    sentences = {
        "entity": _("Choose the entity."),
        "policy": _("Choose the policy."),
        "from": _("Give the first day on which it counts."),
        "consultation": _("Say how staff representatives were consulted."),
    }
    require(values, errors, sentences)
    return day_in(values, "from", errors, texts(request))
