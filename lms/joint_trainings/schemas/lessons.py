"""What goes over the wire about lessons: as they are written, and as the library shows them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lms.joint_trainings.domain.lesson_names import NameKind, Names
from lms.joint_trainings.domain.lessons import (
    FIELDS,
    Draft,
    LessonState,
    Outcome,
    Words,
    digest_of,
    words_from,
)
from lms.people.change_schemas import PageLanguage
from lms.people.schemas import Key, Strict

Title = Annotated[str, Field(max_length=200)]
Part = Annotated[str, Field(max_length=10_000)]
Keys = Annotated[list[Key], Field(max_length=20)]
Said = Annotated[str, Field(max_length=5_000)]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$", description="`digest` of the text that was read.")]
_PARTS = {"title": "In a few words, what others can learn.", "context": "Where it was, with whom, and what for.",
          "done": "What was done.", "worked": "What worked.",
          "failed": "What did not work: required, in a sentence at least.",
          "again": "What one would do again, and what differently.",
          "advice": "What to tell the next office that tries it."}  # fmt: skip


class LessonUpdate(Strict):
    """A lesson as it is being written; left out stays as it is, or, in a new one, empty or as the training's."""

    language: PageLanguage | None = Field(None, description="Of the words; the training's in a new one.")
    title: Title | None = Field(None, description=_PARTS["title"])
    context: Part | None = Field(None, description=_PARTS["context"])
    done: Part | None = Field(None, description=_PARTS["done"])
    worked: Part | None = Field(None, description=_PARTS["worked"])
    failed: Part | None = Field(None, description=_PARTS["failed"])
    again: Part | None = Field(None, description=_PARTS["again"])
    advice: Part | None = Field(None, description=_PARTS["advice"])
    private_part: Part | None = Field(
        None, description="For the people of hosting entities alone; never for partners."
    )
    competencies: Keys | None = Field(None, description="Keys of the taxonomy; the training's in a new one.")
    focuses: Keys | None = Field(None, description="Keys of the taxonomy; the training's in a new one.")

    @model_validator(mode="after")
    def _not_null(self) -> "LessonUpdate":
        for name in self.model_fields_set:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def onto(self, before: Draft) -> Draft:
        """The draft after this change."""
        given = self.model_dump(exclude_unset=True)
        words = {name: getattr(before.words, name) for name in FIELDS}
        return Draft(
            given.get("language", before.language),
            words_from(words | {name: given[name] for name in FIELDS if name in given}),
            given.get("private_part", before.private_part),
            tuple(given.get("competencies", before.competencies)),
            tuple(given.get("focuses", before.focuses)),
        )


class TranslationCreate(Strict):
    """A published lesson in another of the six languages."""

    language: PageLanguage
    title: Title
    context: Part
    done: Part
    worked: Part
    failed: Part
    again: Part
    advice: Part

    def words(self) -> Words:
        """As the rules know them."""
        return words_from(self.model_dump(include=set(FIELDS)))


class ApprovalCreate(Strict):
    """That a text may name the hosts for which one acts; a text that changes loses it."""

    digest: Digest


class ReviewCreate(Strict):
    """How a review ends: `returned` with words, `kept` for the hosts alone, or `published`."""

    outcome: Outcome
    words: Said | None = None


class TranslationReviewCreate(Strict):
    """Whether a translation counts; if not, why."""

    accept: bool
    words: Said | None = None


class WithdrawalCreate(Strict):
    """Why a lesson leaves the library; shown at its address."""

    because: Said


class NameRead(BaseModel):
    """A name in the public part. `refuses`: it keeps the lesson from being published."""

    kind: NameKind
    name: str
    field: str
    says: str
    refuses: bool
    host: UUID | None = Field(description="The host that may let it stand, by approving exactly this text.")


class ReviewRead(BaseModel):
    """How a review ended."""

    model_config = ConfigDict(from_attributes=True)

    text_id: UUID
    outcome: Outcome
    words: str | None
    by: str | None
    recorded_at: datetime


class TextRead(BaseModel):
    """A text that was handed in, or a translation of one."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    translates_id: UUID | None
    language: str
    title: str
    digest: str
    by: str | None
    recorded_at: datetime


class LessonDraftRead(BaseModel):
    """A training's lesson as its hosts write it. `private_part` is null for who may not read it."""

    id: UUID
    training: UUID
    key: str | None = Field(description="Its address in the library, from its first publication on.")
    state: LessonState
    language: str
    title: str
    context: str
    done: str
    worked: str
    failed: str
    again: str
    advice: str
    private_part: str | None
    competencies: list[str]
    focuses: list[str]
    digest: str = Field(description="Of the public part as it stands now; hosts approve it by this.")
    names: list[NameRead]
    approved_by: list[UUID] = Field(description="Hosts that approved exactly this text.")
    authors: list[str]
    texts: list[TextRead]
    reviews: list[ReviewRead]
    published_on: date | None


class WaitingRead(BaseModel):
    """A lesson that waits for a review."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    training_id: UUID
    title: str
    language: str
    submitted_at: datetime


class LessonRow(BaseModel):
    """A lesson of the library, in the reader's language where a reviewed translation exists."""

    model_config = ConfigDict(from_attributes=True)

    key: str
    title: str
    context: str
    language: str = Field(description="Of these words.")
    original_language: str
    languages: list[str] = Field(description="In which it can be read.")
    competencies: list[str]
    focuses: list[str]
    host_kinds: list[str] = Field(
        description="With whom it was held: `entities` alone, or kinds of partners."
    )
    published_on: date


class LessonRead(LessonRow):
    """A lesson whole, and the courses that quote it."""

    done: str
    worked: str
    failed: str
    again: str
    advice: str
    quoted_by: list[str] = Field(description="Keys of courses.")


def draft_read(
    row: Any,
    words: Words,
    names: Names,
    *,
    private_part: str | None,
    authors: Sequence[Any],
    texts: Sequence[Any],
    reviews: Sequence[Any],
    tell_who: bool,
) -> LessonDraftRead:
    """A lesson as it stands. `tell_who`: whether the reader learns who wrote, handed in and decided."""
    told = {"by": None} if not tell_who else {}
    return LessonDraftRead(
        **{name: getattr(words, name) for name in FIELDS},
        id=row.id,
        training=row.training_id,
        key=row.key,
        state=LessonState(row.state),
        language=row.language,
        private_part=private_part,
        competencies=list(row.competencies),
        focuses=list(row.focuses),
        digest=digest_of(row.language, words),
        names=names_read(names),
        approved_by=sorted(names.approved_by),
        authors=[each.name for each in authors] if tell_who else [],
        texts=[TextRead.model_validate(each).model_copy(update=told) for each in texts],
        reviews=[ReviewRead.model_validate(each).model_copy(update=told) for each in reviews],
        published_on=row.published_on,
    )


def names_read(names: Names) -> list[NameRead]:
    """Whom a text names, those that stand in the way first."""
    refused = set(names.refused)
    return sorted(
        (
            NameRead(
                kind=each.known.kind,
                name=each.known.name,
                field=each.field,
                says=each.says,
                refuses=each in refused,
                host=each.known.host_id,
            )
            for each in names.found
        ),
        key=lambda each: not each.refuses,
    )


def lesson_row(row: Any, kinds: Sequence[str]) -> LessonRow:
    """A lesson of the list."""
    return LessonRow.model_validate(_shown(row, kinds))


def lesson_read(row: Any, kinds: Sequence[str], quoted_by: Sequence[str]) -> LessonRead:
    """A lesson whole."""
    return LessonRead.model_validate(_shown(row, kinds) | {"quoted_by": list(quoted_by)})


def _shown(row: Any, kinds: Sequence[str]) -> dict[str, Any]:
    return dict(row._mapping) | {"host_kinds": list(kinds), "languages": sorted(row.languages)}
