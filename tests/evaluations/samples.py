"""Trainings that tests close and evaluate, and answers to their forms."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from httpx2 import AsyncClient

from lms.evaluations.domain.levels import Kind
from lms.evaluations.forms import form_of
from lms.evaluations.service.opening import open_levels
from lms.joint_trainings.models.trainings import JointTraining
from lms.kernel import clock
from lms.kernel.database import Database
from tests.cast import FOCAL_POINT, Cast
from tests.joint_trainings.samples import published

API = "/api/v1/evaluations"


async def closed(
    client: AsyncClient, cast: Cast, database: Database, *people: str, full: bool = False, **values: Any
) -> UUID:
    """A training that is over since yesterday, with its levels open and `people` asked; full: of two days."""
    training = await published(client, cast, **values)
    return await close(database, training["id"], *(cast.ids[each] for each in people), full=full)


async def close(database: Database, training_id: str, *people: UUID, full: bool = False) -> UUID:
    """Have a published training be over, and open its levels."""
    last = clock.today() - timedelta(days=1)
    async with database.transaction() as session:
        training = await session.get_one(JointTraining, UUID(training_id))
        training.starts_on, training.ends_on = last - timedelta(days=1 if full else 0), last
        training.state = "closed"
        await session.flush()
        await open_levels(session, training, people=people)
        return training.id


def reaction(score: int = 4, **words: str) -> dict[str, Any]:
    """An answer that scores everything alike."""
    return {"scores": dict.fromkeys(form_of(Kind.REACTION).scaled, score), "words": words}


def behaviour(score: int = 4, kind: Kind = Kind.BEHAVIOUR, **words: str) -> dict[str, Any]:
    """The same of a form of behaviour."""
    return {"scores": dict.fromkeys(form_of(kind).scaled, score), "words": words}


async def asked_people(database: Database, cast: Cast, number: int) -> list[str]:
    """E-mails of people of the demo who have a token, so many, in a fixed order."""
    return sorted(email for email in cast.ids if email)[:number]


async def react_as(
    client: AsyncClient, cast: Cast, training: UUID, person: str, sent: dict[str, Any]
) -> None:
    """Answer the reaction of a training."""
    answer = await client.post(f"{API}/{training}/reaction", json=sent, headers=cast.token(person))
    assert answer.status_code == 204, answer.text


async def close_level(client: AsyncClient, cast: Cast, training: UUID, level: str) -> None:
    """Have the lead close a level."""
    headers = cast.token(FOCAL_POINT)
    answer = await client.post(f"{API}/{training}/levels/{level}/closing", headers=headers)
    assert answer.status_code == 200, answer.text
