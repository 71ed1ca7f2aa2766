"""What goes over the wire about agreements, their clauses and clearances."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from lms.joint_trainings.domain.agreements import Decision, Standard, WhyClearance
from lms.joint_trainings.domain.states import Obstacle, TrainingState
from lms.joint_trainings.domain.trainings import sentence_of
from lms.joint_trainings.schemas.ex_ante import TrackRead
from lms.joint_trainings.service.papers import Papers
from lms.people.schemas import Key, Strict

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 as hex digits.")]
Words = Annotated[str, Field(max_length=8_000)]


class ObstacleRead(BaseModel):
    """One thing that stands in the way: a stable `key`, what it is about, and a sentence."""

    key: str
    pointer: str
    of: str
    detail: str


class ReadinessRead(TrackRead):
    """Where a training goes next, and all that stands in the way. `to` null: nowhere."""

    to: TrainingState | None
    obstacles: list[ObstacleRead]


class ClauseUpdate(Strict):
    """A clause in other words than the standard ones, in the language of the training."""

    text: Annotated[str, Field(min_length=1, max_length=8_000)]


class ClauseRead(BaseModel):
    """A clause as it stands, with the standard words beside it where it was changed."""

    key: str
    title: str
    text: str
    is_changed: bool
    standard_text: str | None = Field(description="Null: the standard agreement has no such clause.")


class ClausesRead(BaseModel):
    """All clauses of a training's agreement."""

    version: str = Field(description="Of the standard agreement.")
    language: str
    items: list[ClauseRead]


class ClearanceRead(BaseModel):
    """What a legal office said; `is_current`: it is about the agreement as it stands."""

    entity: str
    entity_name: str
    decision: Decision
    words: str | None
    by: str | None
    digest: str
    is_current: bool
    recorded_at: datetime


class SignatureRead(BaseModel):
    """Who signed for a host; not `is_current`: the agreement was changed since, and it counts no more."""

    id: UUID
    host: UUID
    person: str
    source: str | None = Field(description="The instrument; null: not told to other sides.")
    digest: str
    is_current: bool
    recorded_at: datetime


class AgreementRead(BaseModel):
    """The agreement as it stands: what one signs is `digest`, the SHA-256 of `content` as canonical JSON (RFC 8785)."""

    digest: str
    content: dict[str, Any]
    needs_clearance: list[WhyClearance] = Field(
        description="Why the legal office looks at it; nothing: the standard clearance is enough."
    )
    policy: str = Field(description="Version of the policy by which that was decided.")
    clearance_asked_at: datetime | None = Field(description="When this was last sent to the legal office.")
    clearances: list[ClearanceRead]
    signatures: list[SignatureRead]
    obstacles: list[ObstacleRead] = Field(description="What is left to do before it is agreed.")


class SignatureCreate(Strict):
    """Sign for a host what `digest` names."""

    host: UUID
    digest: Digest


class ClearanceCreate(Strict):
    """What the legal office decides about what `digest` names; a refusal says why."""

    digest: Digest
    decision: Decision
    words: Annotated[str, Field(max_length=2_000)] = ""


class WaitingRead(BaseModel):
    """An agreement that waits for the legal office."""

    training: UUID
    title: str
    asked_by: str
    asked_at: datetime
    digest: str


class StandardClearanceRead(BaseModel):
    """An entity's legal office has cleared the standard agreement."""

    entity: str
    entity_name: str
    version: str
    recorded_at: datetime


class StandardRead(BaseModel):
    """The standard agreement in force, in one language."""

    version: str
    digest: str
    language: str
    clauses: list[ClauseRead]
    clearances: list[StandardClearanceRead]


class StandardClearanceCreate(Strict):
    """Clear what `digest` names for an entity and what lies under it."""

    entity: Key
    digest: Digest


def obstacle_read(obstacle: Obstacle) -> ObstacleRead:
    """An obstacle with its sentence."""
    return ObstacleRead(
        key=obstacle.key, pointer=obstacle.pointer, of=obstacle.of, detail=sentence_of(obstacle)
    )


def clauses_read(papers: Papers) -> ClausesRead:
    """All clauses as they stand."""
    language = papers.training.language
    before = {each.key: each.text for each in papers.standard.in_language(language)}
    items = [ClauseRead(**each, standard_text=before.get(each["key"])) for each in papers.content["clauses"]]
    return ClausesRead(version=papers.standard.version, language=language, items=items)


def agreement_read(
    papers: Papers,
    *,
    asked: Any | None,
    clearances: Sequence[Any],
    signatures: Sequence[Any],
    obstacles: Sequence[Obstacle],
    tell_who: bool,
) -> AgreementRead:
    """The agreement whole. `tell_who`: whether the reader is of an entity that hosts."""
    return AgreementRead(
        digest=papers.digest,
        content=papers.content,
        needs_clearance=papers.why_clearance,
        policy=papers.policy.version,
        clearance_asked_at=asked.recorded_at if asked else None,
        clearances=[_clearance(row, papers, tell_who) for row in clearances],
        signatures=[_signature(row, papers, tell_who) for row in signatures],
        obstacles=[obstacle_read(each) for each in obstacles],
    )


def _clearance(row: Any, papers: Papers, tell_who: bool) -> ClearanceRead:
    """What an office wrote is between entities; that it decided is for all."""
    return ClearanceRead(
        entity=row.entity,
        entity_name=row.entity_name,
        decision=Decision(row.decision),
        words=row.words if tell_who else None,
        by=row.by if tell_who else None,
        digest=row.digest,
        is_current=row.legal_digest == papers.legal_digest,
        recorded_at=row.recorded_at,
    )


def _signature(row: Any, papers: Papers, tell_who: bool) -> SignatureRead:
    """Who signs signs in their own name, before every host."""
    return SignatureRead(
        id=row.id,
        host=row.host_id,
        person=row.person,
        source=row.source if tell_who else None,
        digest=row.digest,
        is_current=row.digest == papers.digest,
        recorded_at=row.recorded_at,
    )


def standard_read(found: Standard, language: str, clearances: Sequence[Any]) -> StandardRead:
    """The standard agreement in one language, and who has cleared it."""
    return StandardRead(
        version=found.version,
        digest=found.digest,
        language=language,
        clauses=[
            ClauseRead(
                key=each.key, title=each.title, text=each.text, is_changed=False, standard_text=each.text
            )
            for each in found.in_language(language)
        ],
        clearances=[
            StandardClearanceRead(
                entity=row.entity,
                entity_name=row.entity_name,
                version=row.version,
                recorded_at=row.recorded_at,
            )
            for row in clearances
        ],
    )
