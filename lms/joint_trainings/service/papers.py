"""What is agreed of a training, gathered whole: the content that is signed, its digests, and what it still lacks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.agreement_texts import standard
from lms.joint_trainings.domain.agreements import (
    FURTHER,
    Decision,
    Deviations,
    Given,
    Standard,
    WhyClearance,
    digest_of,
    legal_part,
    obstacles_by_clearance,
    why_clearance,
)
from lms.joint_trainings.domain.checklist import Answer, Item, Setting, obstacles_by_checklist
from lms.joint_trainings.domain.costs import (
    Line,
    has_money,
    line_of,
    obstacles_by_costs,
    totals,
)
from lms.joint_trainings.domain.indicators import Indicator, obstacles_by_indicators
from lms.joint_trainings.domain.signing import (
    HostToSign,
    how_stands,
    obstacles_by_signatures,
)
from lms.joint_trainings.domain.states import Obstacle
from lms.joint_trainings.domain.tracks import Shape, Tracked, track_of
from lms.joint_trainings.policies import AgreementPolicy, policy_for
from lms.joint_trainings.queries.agreements import clauses_of, clearances_of, standard_clearances
from lms.joint_trainings.queries.checklist import answers_of
from lms.joint_trainings.queries.costs import costs_of
from lms.joint_trainings.queries.indicators import indicators_of
from lms.joint_trainings.queries.signing import authorities_for, signatures_of
from lms.joint_trainings.queries.trainings import courses
from lms.kernel import clock

_TERMS = ("title", "aim", "language", "languages", "focuses", "competencies", "starts_on", "ends_on", "minutes",
          "every_session", "attended_percent", "name_or_emblem", "is_recorded", "experts_only")  # fmt: skip


@dataclass(frozen=True)
class Papers:
    """Everything that is agreed of one training, as rows. `training` is a row or a `JointTraining`."""

    training: Any
    course: str | None
    hosts: Sequence[Any]
    indicators: Sequence[Any]
    answers: Mapping[Item, Any]
    costs: Sequence[Any]
    changed: Mapping[str, Any]  # clauses that are not the standard ones, by key

    # -- as the rules see it -----------------------------------------------------------------------------------

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of costs."""
        return [line_of(row) for row in self.costs]

    @cached_property
    def values(self) -> dict[str, Decimal]:
        """The value of all lines, by currency."""
        return totals(self.lines)

    @cached_property
    def setting(self) -> Setting:
        """What decides which items of the checklist apply."""
        training = self.training
        has_partner = any(host.partner_id for host in self.hosts)
        return Setting(has_partner, training.name_or_emblem, training.is_recorded, bool(training.course_id))

    @cached_property
    def policy(self) -> AgreementPolicy:
        """The policy of the entities that host."""
        return policy_for(host.path for host in self.hosts if host.path)

    @cached_property
    def standard(self) -> Standard:
        """The standard agreement in force."""
        return standard(self.policy.standard_text)

    @cached_property
    def tracked(self) -> Tracked:
        """The track, and why."""
        return track_of(shape_of(self.training, self.hosts, has_money(self.lines), bool(self.changed)))

    @property
    def said(self) -> dict[Item, Answer]:
        """The answers alone."""
        return {item: Answer(row.answer) for item, row in self.answers.items()}

    @cached_property
    def why_clearance(self) -> list[WhyClearance]:
        """Why the legal office must look at it; nothing: it need not."""
        found = Deviations(sorted(self.changed), self.values, self.training.name_or_emblem, self.said)
        return why_clearance(found, self.policy.clearance_from)

    # -- as it is signed ---------------------------------------------------------------------------------------

    @cached_property
    def content(self) -> dict[str, Any]:
        """The document: texts, whole numbers, truth values and lists of them, so that it has one canonical form."""
        return {
            "form": "joint-training-agreement-1",
            "training": self._terms(),
            "hosts": [
                {"kind": "partner" if each.partner_id else "entity", "key": each.key, "name": each.name,
                 "is_lead": each.is_lead, "id": str(each.id)}
                for each in self.hosts
            ],
            "indicators": [_indicator(each) for each in self.indicators],
            "checklist": [
                {"item": item.value, "answer": row.answer, "note": row.note}
                for item, row in self.answers.items()
            ],
            "costs": [_cost(each) for each in self.costs],
            "language": self.training.language,
            "standard": {"version": self.standard.version, "digest": self.standard.digest},
            "clauses": self._clauses(),
        }  # fmt: skip

    def _terms(self) -> dict[str, Any]:
        told = {name: plain(getattr(self.training, name)) for name in _TERMS}
        return told | {"id": str(self.training.id), "course": self.course}

    def _clauses(self) -> list[dict[str, Any]]:
        found = []
        for each in self.standard.in_language(self.training.language):
            own = self.changed.get(each.key)
            text = own.text if own else each.text
            found.append({"key": each.key, "title": each.title, "text": text, "is_changed": own is not None})
        if FURTHER in self.changed:
            text = self.changed[FURTHER].text
            found.append({"key": FURTHER, "title": "", "text": text, "is_changed": True})
        return found

    @cached_property
    def digest(self) -> str:
        """Of the content."""
        return digest_of(self.content)

    @cached_property
    def legal_digest(self) -> str:
        """Of what of it a legal office clears."""
        return digest_of(legal_part(self.content))

    # -- what it lacks -----------------------------------------------------------------------------------------

    def obstacles_within(self) -> list[Obstacle]:
        """What indicators, checklist and costs still lack."""
        indicators = [indicator_of(row) for row in self.indicators]
        return [
            *obstacles_by_indicators(self.tracked.track, indicators),
            *obstacles_by_checklist(self.said, self.setting),
            *obstacles_by_costs(self.lines),
        ]


async def papers_of(session: AsyncSession, training: Any, hosts: Sequence[Any]) -> Papers:
    """Gather what is agreed of a training, a row or an object, with its hosts, rows of `hosts_of`."""
    course = None
    if training.course_id:
        course = await session.scalar(select(courses.c.key).where(courses.c.id == training.course_id))
    answers = {Item(row.item): row for row in await answers_of(session, training.id)}
    return Papers(
        training,
        course,
        hosts,
        await indicators_of(session, training.id),
        {item: answers[item] for item in Item if item in answers},
        await costs_of(session, training.id),
        await clauses_of(session, training.id),
    )


def shape_of(training: Any, hosts: Sequence[Any], has_money: bool, agreement_changed: bool) -> Shape:
    """What the track of a training is computed from."""
    last = training.ends_on or training.starts_on
    return Shape(
        minutes=training.minutes,
        days=(last - training.starts_on).days + 1 if last and training.starts_on else 1,
        has_money=has_money,
        agreement_changed=agreement_changed,
        has_partner=any(host.partner_id for host in hosts),
        name_or_emblem=training.name_or_emblem,
        experts_only=training.experts_only,
    )


async def track_now(session: AsyncSession, training: Any, hosts: Sequence[Any]) -> Tracked:
    """The track of a training as it stands: two small questions, for whoever needs no papers."""
    lines = [line_of(row) for row in await costs_of(session, training.id)]
    changed = await clauses_of(session, training.id)
    return track_of(shape_of(training, hosts, has_money(lines), bool(changed)))


# -- clearance and signatures ------------------------------------------------------------------------------


async def obstacles_by_law(session: AsyncSession, papers: Papers) -> list[Obstacle]:
    """Entities whose legal office has still to clear the standard agreement, or this one."""
    hosts = {host.path: host.name for host in papers.hosts if host.path}
    own = papers.legal_digest if papers.why_clearance else None
    rows = (
        await clearances_of(session, papers.training.id)
        if own
        else await standard_clearances(session, papers.standard.digest)
    )
    given = [
        Given(
            row.path,
            row.legal_digest if own else row.digest,
            Decision(row.decision) if own else Decision.CLEARED,
            row.recorded_at,
        )
        for row in rows
    ]
    return obstacles_by_clearance(hosts, of_standard=papers.standard.digest, of_this=own, given=given)


async def obstacles_by_hands(session: AsyncSession, papers: Papers) -> list[Obstacle]:
    """Hosts that have not signed what is agreed as it stands, and why they cannot."""
    today = clock.today()
    named = await authorities_for(session, papers.hosts, today)
    signed: dict[Any, set[str]] = {host.id: set() for host in papers.hosts}
    for row in await signatures_of(session, papers.training.id):
        signed.setdefault(row.host_id, set()).add(row.digest)
    hosts = [
        HostToSign(
            host.name,
            signed[host.id],
            [how_stands(row, today, papers.values) for row in named[host.id]],
        )
        for host in papers.hosts
    ]
    return obstacles_by_signatures(hosts, papers.digest)


# -- rows as the rules and the document have them ----------------------------------------------------------


def indicator_of(row: Any) -> Indicator:
    """An indicator from its row."""
    return Indicator(row.name, row.unit, row.baseline, row.target, row.verification, row.measured_on)


def plain(value: Any) -> Any:
    """A value as the document holds it: days and decimals as text."""
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date | datetime) else value


def _indicator(row: Any) -> dict[str, Any]:
    names = ("name", "unit", "baseline", "target", "verification", "measured_on")
    return {name: plain(getattr(row, name)) for name in names} | {"id": str(row.id)}


def _cost(row: Any) -> dict[str, Any]:
    names = ("kind", "for_whom", "what", "is_cash", "amount", "currency", "basis")
    told = {name: plain(getattr(row, name)) for name in names}
    return told | {"borne_by": row.host_name, "is_accepted": row.accepted_at is not None}
