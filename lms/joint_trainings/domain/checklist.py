"""The checklist of a training with a partner: twelve items, each answered by the entities before it is agreed."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from lms.joint_trainings.domain.states import Obstacle
from lms.kernel.errors import Fault, Invalid


class Item(StrEnum):
    """What is asked, in the order in which it is asked."""

    PRIVILEGES = "privileges_and_immunities"
    NO_ENDORSEMENT = "no_endorsement"
    NOT_A_BIDDER = "not_a_bidder"
    NO_SALES = "no_sales"
    NAME_AND_EMBLEM = "name_and_emblem"
    RECORDING = "recording"
    MATERIAL = "material"
    ACCESSIBILITY = "accessibility"
    SAFEGUARDING = "safeguarding"
    INSURANCE = "insurance"
    ENDING_EARLY = "ending_early"
    DATA_SHARING = "data_sharing"


class Answer(StrEnum):
    """What an item was answered."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "not_applicable"


NEVER_NO = frozenset({Item.PRIVILEGES, Item.NO_ENDORSEMENT, Item.NOT_A_BIDDER, Item.NO_SALES})
"""Nobody clears a "no" to these; to the others the legal office may."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What of a training decides which items cannot be left aside."""

    has_partner: bool
    name_or_emblem: bool
    is_recorded: bool
    has_course: bool


def may_not_apply(item: Item, setting: Setting) -> bool:
    """Whether "does not apply" can be said. What the training has, the item is about."""
    if item is Item.NAME_AND_EMBLEM:
        return not setting.name_or_emblem
    if item is Item.RECORDING:
        return not setting.is_recorded
    if item is Item.MATERIAL:
        return not setting.has_course and not setting.is_recorded
    if item in (Item.NO_ENDORSEMENT, Item.NOT_A_BIDDER, Item.NO_SALES, Item.DATA_SHARING):
        return not setting.has_partner
    return item is Item.INSURANCE


def faults_in_answer(item: Item, answer: Answer, note: str, setting: Setting) -> list[Fault]:
    """What is wrong with an answer: "does not apply" where it does, or a "no" that does not say why."""
    if answer is Answer.NOT_APPLICABLE and not may_not_apply(item, setting):
        return [Fault("/answer", "This applies to this training: answer yes or no.")]
    if answer is Answer.NO and not note.strip():
        return [Fault("/note", "Say what stands in the way, or what is done instead.")]
    return []


def obstacles_by_checklist(answers: Mapping[Item, Answer], setting: Setting) -> list[Obstacle]:
    """Items without an answer, with one that the training has outgrown, or with a "no" that nobody can clear."""
    found = []
    for item in Item:
        answer, pointer = answers.get(item), f"/checklist/{item.value}"
        outgrown = answer is Answer.NOT_APPLICABLE and not may_not_apply(item, setting)
        if answer is None or outgrown:
            found.append(Obstacle("item_not_answered", pointer, item.value))
        elif answer is Answer.NO and item in NEVER_NO:
            found.append(Obstacle("item_answered_no", pointer, item.value))
    return found


class BadAnswer(Invalid):
    type, title = "bad-checklist-answer", "Something about this answer is not right"
