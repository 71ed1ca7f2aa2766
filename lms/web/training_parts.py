"""What the pages of an agreement share: the training, its hosts, and a form shown again when it is wrong."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.agreements import AgreementChanged, NothingToClear
from lms.joint_trainings.domain.states import PREPARED_IN, TrainingState
from lms.joint_trainings.domain.trainings import NotYourHost, TrainingSettled
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.trainings import acts_for, get_training, hosts_of, lock_training
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.web.given import Errors, given, said, texts
from lms.web.session import redirect, show

_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST
Shown = Callable[["Seen", AsyncSession], Awaitable[dict[str, Any]]]
Work = Callable[[AsyncSession, Actor, JointTraining, dict[str, str]], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Seen:
    """A training as somebody sees it."""

    training: Any
    hosts: list[Any]
    actor: Actor
    language: str

    @property
    def own(self) -> list[Any]:
        """The hosts for which the reader acts."""
        return [host for host in self.hosts if acts_for(self.actor, host)]

    @property
    def with_partner(self) -> bool:
        """Whether a partner is among the hosts."""
        return any(host.partner_id for host in self.hosts)

    def context(self) -> dict[str, Any]:
        """What every page of a part shows."""
        is_prepared = TrainingState(self.training.state) in PREPARED_IN
        return {
            "training": self.training,
            "hosts": self.hosts,
            "own": {host.id for host in self.own},
            "is_entity": any(host.path for host in self.own),
            "is_inside": bool(self.actor.paths(_READ)),
            "is_prepared": is_prepared,
            "may_write": is_prepared and bool(self.own),
            "with_partner": self.with_partner,
        }


async def seen(request: Request, session: AsyncSession, training_id: UUID, actor: Actor) -> Seen:
    """The training with its hosts, if the reader may see it."""
    training = await get_training(session, training_id, actor=actor)
    hosts = (await hosts_of(session, [training_id]))[training_id]
    return Seen(training, hosts, actor, request.state.language)


@dataclass(frozen=True, slots=True)
class Part:
    """One part's page: its template, what it shows besides, and its address under the training's."""

    template: str
    shown: Shown
    address: str

    async def page(
        self,
        request: Request,
        session: AsyncSession,
        actor: Actor,
        training_id: UUID,
        values: Any = None,
        errors: Errors | None = None,
    ) -> Response:
        """The page, with what was typed and what is wrong with it."""
        part = await seen(request, session, training_id, actor)
        context = part.context() | await self.shown(part, session)
        context |= {"values": values or {}, "errors": errors or {}}
        return show(request, self.template, context, status=422 if errors else 200)

    async def act(
        self, request: Request, session: AsyncSession, actor: Actor, training_id: UUID, work: Work
    ) -> Response:
        """Do what a form asks for with the locked training; what is wrong is said where it was typed."""
        values = await given(request)
        try:
            training = await lock_training(session, training_id, actor=actor)
            await work(session, actor, training, values)
            await session.flush()
        except (ValidationError, DomainError) as error:
            if isinstance(error, DomainError) and error.status == 404:
                raise
            await roll_back(session)
            return await self.page(request, session, actor, training_id, values, wrong(request, error))
        flash = texts(request).gettext("It is recorded.")
        return redirect(request, f"/trainings/{training_id}{self.address}", flash=flash)


def wrong(request: Request, error: ValidationError | DomainError) -> Errors:
    """What a form says: the schema's faults in the reader's words, else what the use case says of a field."""
    _ = texts(request).gettext
    if isinstance(error, DomainError):
        return {name.rpartition("/")[2]: words for name, words in said(error, _known(request)).items()}
    day = _("Write the day as year, month and day: 2026-11-23.")
    number = _("Write a number with two decimals at most.")
    words = {
        "baseline": number,
        "target": number,
        "amount": number,
        "limit_amount": number,
        "currency": _("Give the code of a currency, such as USD."),
        "limit_currency": _("Give the code of a currency, such as USD."),
    }
    other = _("Fill this in; it is too long, or not of the kind asked for.")
    fields = [str(each["loc"][-1]) if each["loc"] else "" for each in error.errors()]
    return {name: words.get(name, day if name.endswith("_on") else other) for name in fields}


def _known(request: Request) -> dict[type[DomainError], str]:
    """Errors of which every page of a part says the same, in the reader's language."""
    _ = texts(request).gettext
    return {
        AgreementChanged: _("The agreement is no longer what you saw. Read it again before you decide."),
        NothingToClear: _("The standard agreement carries this; no clearance of its own is needed."),
        NotYourHost: _("You act for none of the hosts that may do this."),
        TrainingSettled: _("This training is agreed or under way; take it back to a draft to change it."),
    }
