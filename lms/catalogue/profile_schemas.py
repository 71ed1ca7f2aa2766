"""What goes over the wire about target profiles."""

from typing import Any

from pydantic import BaseModel, Field

from lms.catalogue.domain import Reason, TargetProfile
from lms.people.schemas import Key, PersonRef, Strict


class RequirementRead(BaseModel):
    """A competency at a level, and why the post asks for it."""

    competency: str
    level: int = Field(ge=1, le=4)
    why: str


class DefaultForRead(BaseModel):
    """Whose profile it is unless their post names another: each list that is not empty must hold one of theirs."""

    roles: list[str]
    focuses: list[str]
    kinds: list[str]


class ProfileRead(BaseModel):
    """A target profile, in the language asked for or the nearest it has."""

    key: str
    name: str
    says: str
    language: str
    requires: list[RequirementRead]
    default_for: DefaultForRead


class ReasonRead(BaseModel):
    """Why a profile holds: named on the `post`, or the default for what is theirs."""

    basis: str = Field(examples=["post", "role_and_focus", "role", "focus", "kind"])
    role: str | None
    focus: str | None
    kind: str | None


class PersonProfileRead(BaseModel):
    """The profile that holds for a person and why; null where none does.

    `chosen` is what their post names; where no such profile is published (any more), it is passed over.
    """

    person: PersonRef
    profile: ProfileRead | None
    reason: ReasonRead | None
    chosen: str | None
    chosen_is_published: bool


class ProfileChoice(Strict):
    """The profile that a person's post is to name; null leaves it to the defaults."""

    profile: Key | None


def profile_read(profile: TargetProfile, *, language: str) -> ProfileRead:
    """A profile in the reader's language where it has it."""
    default = profile.default_for
    return ProfileRead(
        key=profile.key,
        name=profile.name.for_reader(language),
        says=profile.says.for_reader(language),
        language=profile.name.language_for(language),
        requires=[
            RequirementRead(competency=each.competency, level=each.level, why=each.why.for_reader(language))
            for each in profile.requires
        ],
        default_for=DefaultForRead(
            roles=list(default.roles), focuses=list(default.focuses), kinds=list(default.kinds)
        ),
    )


def person_profile_read(
    post: Any, held: tuple[TargetProfile, Reason] | None, *, known: bool, language: str
) -> PersonProfileRead:
    """What holds for the person who has this post."""
    profile, reason = held or (None, None)
    return PersonProfileRead(
        person=PersonRef(id=post.person_id, name=post.person_name),
        profile=profile and profile_read(profile, language=language),
        reason=reason
        and ReasonRead(
            basis=reason.basis.value,
            role=reason.role,
            focus=reason.focus,
            kind=reason.kind_of_affiliation,
        ),
        chosen=post.target_profile,
        chosen_is_published=known,
    )
