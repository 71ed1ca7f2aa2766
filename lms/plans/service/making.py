"""Make plans from what is known of people: one person's on a page, thousands in a job, by the same path."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.ext.asyncio import AsyncSession

from lms.assigned.service import Task, tasks_of
from lms.catalogue.domain import TargetProfile
from lms.catalogue.domain.profiles import Reason as ProfileReason
from lms.catalogue.domain.profiles import profile_for
from lms.catalogue.queries import current_versions, get_editions, get_profiles, newest_offers
from lms.kernel import clock
from lms.plans.domain.explained import Tailored, Why, tailored
from lms.plans.domain.offers import Learner, offer_of
from lms.plans.domain.schedule import budget, default_weekly_minutes, scheduled
from lms.plans.domain.tailoring import Catalogue
from lms.plans.queries import Facts, facts_of

PARTNER, PERSONNEL = "partner-personnel", "un-personnel"

# Offers are made from versions that never change, under the id of what was published last.
_catalogues: WeakKeyDictionary[Any, tuple[UUID | None, Catalogue]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan is made within. `weekly_minutes` None: the person's own, or what their entity gives."""

    start_on: date
    due_on: date | None = None
    weekly_minutes: int | None = None
    pinned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Made:
    """A plan as it was made, with all that it was made from. `plan` is None where no profile says what is wanted."""

    facts: Facts
    profile: TargetProfile | None
    profile_reason: ProfileReason | None
    weekly_minutes: int
    terms: Terms
    plan: Tailored | None
    tasks: Mapping[str, Task] = field(default_factory=dict)  # courses assigned and not done

    @property
    def content(self) -> dict[str, Any]:
        """The plan as JSON, with the days of each step."""
        return content_of(self) if self.plan else {"steps": [], "left_out": [], "gap": [], "minutes": 0}


async def make_plans(session: AsyncSession, terms: Mapping[UUID, Terms]) -> dict[UUID, Made]:
    """A plan for each of these people, by id; who was erased is left out.

    As many statements for many people as for one; the same facts are tailored once.
    """
    catalogue = await _catalogue(session)
    profiles = (await get_profiles(session)).profiles
    known = await facts_of(session, list(terms), on=clock.today())
    tasks = await tasks_of(session, list(known))
    if len(known) <= 1:
        return _made(catalogue, profiles, known, terms, tasks)
    # Milliseconds for each person: in a thread, so that whoever waits for this process need not wait for all of them.
    return await asyncio.to_thread(_made, catalogue, profiles, known, terms, tasks)


def _made(
    catalogue: Catalogue,
    profiles: Sequence[TargetProfile],
    known: Mapping[UUID, Facts],
    terms: Mapping[UUID, Terms],
    tasks: Mapping[UUID, Mapping[str, Task]],
) -> dict[UUID, Made]:
    tailored_before: dict[Any, Tailored] = {}
    made = {}
    for person_id, facts in known.items():
        found = profile_for(
            profiles, chosen=facts.chosen_profile, roles=facts.roles, focuses=facts.focuses, kind=facts.kind
        )
        profile, reason = found or (None, None)
        weekly = terms[person_id].weekly_minutes or _weekly_minutes(facts)
        plan, own = None, tasks.get(person_id, {})
        if profile is not None:
            learner = _learner(
                facts, profile, terms[person_id], weekly, frozenset(own.keys() & catalogue.offers.keys())
            )
            key = _key(learner)
            plan = tailored_before.get(key)
            if plan is None:
                plan = tailored_before[key] = tailored(catalogue, learner)
        made[person_id] = Made(facts, profile, reason, weekly, terms[person_id], plan, own)
    return made


async def _catalogue(session: AsyncSession) -> Catalogue:
    """Courses on offer, as tailoring sees them."""
    newest = (await newest_offers(session, ["offers"])).get("offers")
    seen = _catalogues.get(session.bind)
    if seen is not None and newest is not None and seen[0] == newest:
        return seen[1]
    versions = await current_versions(session)
    editions = await get_editions(session, [UUID(each) for each in versions.values()])
    catalogue = Catalogue(offer_of(edition.course) for edition in editions.values())
    _catalogues[session.bind] = (newest, catalogue)
    return catalogue


def _weekly_minutes(facts: Facts) -> int:
    return given_weekly_minutes(facts) if facts.weekly_minutes is None else facts.weekly_minutes


def given_weekly_minutes(facts: Facts) -> int:
    """What the entity's learning days give a week, whatever the person has set."""
    given = {} if facts.learning_days is None else {"learning_days": facts.learning_days}
    return default_weekly_minutes(**given, working_time_percent=facts.working_time_percent)


def _learner(
    facts: Facts, profile: TargetProfile, terms: Terms, weekly: int, assigned: frozenset[str]
) -> Learner:
    return Learner(
        wanted=profile.levels,
        held=facts.held,
        completed=facts.completed,
        worked=facts.worked,
        focuses=frozenset(facts.focuses),
        modality=facts.modality,
        languages=facts.languages,
        audience=PARTNER if facts.partner else PERSONNEL,
        budget=budget(weekly, terms.start_on, terms.due_on, facts.absences),
        pinned=facts.pinned | terms.pinned,
        dropped=facts.dropped - terms.pinned - assigned,
        assigned=assigned,
    )


def _key(learner: Learner) -> tuple[Any, ...]:
    return tuple(_hashable(getattr(learner, each.name)) for each in fields(learner))


def _hashable(value: Any) -> Any:
    return tuple(sorted(value.items())) if isinstance(value, Mapping) else value


def content_of(made: Made) -> dict[str, Any]:
    """A plan as JSON: keys and numbers, no words, so that each reader's page says it in their language."""
    plan = made.plan
    assert plan is not None
    spans = scheduled(
        [step.minutes for step in plan.steps],
        weekly_minutes=made.weekly_minutes,
        start_on=made.terms.start_on,
        absences=made.facts.absences,
    )
    return {
        "steps": [
            {
                "kind": step.kind.value,
                "key": step.key,
                "minutes": step.minutes,
                "with_work": step.with_work,
                "from": span and span.from_on.isoformat(),
                "until": span and span.until_on.isoformat(),
                "reasons": list(_reasons(step.reasons, made.tasks.get(step.key))),
            }
            for step, span in zip(plan.steps, spans, strict=True)
        ],
        "left_out": [{"key": each.key, **next(_reasons([each.reason]))} for each in plan.left_out],
        "more_left_out": plan.more_left_out,
        "gap": [
            {"competency": each.competency, "wanted": each.wanted, "held": each.held, "planned": each.planned}
            for each in plan.gap
        ],
        "minutes": plan.minutes,
    }


def _reasons(reasons: Sequence[Any], task: Task | None = None) -> Iterator[dict[str, Any]]:
    return ({"why": each.kind.value, "facts": _facts_of(each, task)} for each in reasons)


def _facts_of(reason: Any, task: Task | None) -> dict[str, Any]:
    if reason.kind is Why.ASSIGNED and task is not None:
        return {"due_on": task.due_on.isoformat(), "compulsory": task.compulsory}
    return dict(reason.facts)
