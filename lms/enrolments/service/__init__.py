"""Enrol, learn, answer, hand in, assess: the room's use cases, and the only writers of its tables."""

from lms.enrolments.service.enrolling import enrol, withdraw
from lms.enrolments.service.moving import Prospect, move_on, prospect_of, that_count
from lms.enrolments.service.progress import (
    Moved,
    choose_language,
    complete_page,
    find_activity,
    remember_place,
)
from lms.enrolments.service.quizzes import (
    Outcome,
    outcome_of,
    questions_of,
    save_responses,
    start_attempt,
    submit_attempt,
    try_out,
)
from lms.enrolments.service.work import assess_work, submit_work

__all__ = [
    "Moved",
    "Outcome",
    "Prospect",
    "assess_work",
    "choose_language",
    "complete_page",
    "enrol",
    "find_activity",
    "move_on",
    "outcome_of",
    "prospect_of",
    "questions_of",
    "remember_place",
    "save_responses",
    "start_attempt",
    "submit_attempt",
    "submit_work",
    "that_count",
    "try_out",
    "withdraw",
]
