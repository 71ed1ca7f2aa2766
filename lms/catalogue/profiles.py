"""Which target profile a post has: the rule of the domain over a row of `people`, and the check of a key."""

from typing import Any

from lms.catalogue.domain import Profiles, Reason, TargetProfile, profile_for
from lms.catalogue.schema_check import did_you_mean
from lms.kernel.errors import Fault, Invalid


def profile_of_post(profiles: Profiles, post: Any) -> tuple[TargetProfile, Reason] | None:
    """What holds for someone with this post (see `people.queries.posts`); None where nothing does."""
    return profile_for(
        profiles.profiles,
        chosen=post.target_profile,
        roles=post.roles or (),
        focuses=post.focuses or (),
        kind=post.kind,
    )


def check_profile_key(profiles: Profiles, key: str | None) -> None:
    """Raise `Invalid` for a key that no published profile has."""
    if key is not None and profiles.get(key) is None:
        near = did_you_mean(key, [each.key for each in profiles.profiles])
        sentence = f'There is no profile "{key}".{near}'
        raise Invalid(sentence, faults=[Fault("/profile", sentence)])
