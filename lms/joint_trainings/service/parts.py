"""What every part of an agreement asks of who writes it: a training in preparation, and a host they act for."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.joint_trainings.domain.agreements import NoAgreement
from lms.joint_trainings.domain.trainings import HostNotFound, NotYourHost
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.queries.trainings import acts_for, hosts_of
from lms.joint_trainings.service.trainings import require_preparing, touch
from lms.kernel.access import Actor, Permission


async def all_hosts(session: AsyncSession, training_id: UUID) -> list[Any]:
    """The training's hosts, rows of `hosts_of`."""
    return (await hosts_of(session, [training_id]))[training_id]


def own_host(
    hosts: Sequence[Any],
    acting: Actor,
    host_id: UUID | None = None,
    permission: Permission = Permission.TRAININGS_HOST,
) -> Any:
    """The host for which the actor speaks: the one that is named, or the first of theirs.

    Raises `HostNotFound` for one that is none, `NotYourHost` for one for which they do not act.
    """
    named = [host for host in hosts if host_id in (None, host.id)]
    if not named:
        raise HostNotFound()
    own = [host for host in named if acts_for(acting, host, permission)]
    if not own:
        raise NotYourHost()
    return own[0]


def require_entity(hosts: Sequence[Any], acting: Actor) -> None:
    """Raise unless the actor acts for one of the entities that host."""
    if not any(host.path and acts_for(acting, host) for host in hosts):
        raise NotYourHost("An entity that hosts it does this.")


def require_partner(hosts: Sequence[Any]) -> None:
    """Raise unless a partner is among the hosts: others need no agreement."""
    if not any(host.partner_id for host in hosts):
        raise NoAgreement()


async def changed(session: AsyncSession, training: JointTraining, acting: Actor, field: str) -> None:
    """Count the change of a part as one of the training, so that whoever read it before is told."""
    await touch(session, training, acting=acting, fields=[field])


__all__ = ["all_hosts", "changed", "own_host", "require_entity", "require_partner", "require_preparing"]
