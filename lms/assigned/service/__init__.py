"""Use cases of assigned learning."""

from lms.assigned.service.more_time import ask_for_time, grant, refuse
from lms.assigned.service.reminding import remind
from lms.assigned.service.rules import (
    activate_rule,
    change_rule,
    check_terms,
    delete_rule,
    end_rule,
    get_rule_for_change,
    make_rule,
)
from lms.assigned.service.settling import (
    Previewed,
    aim_of,
    preview,
    preview_terms,
    settle_people,
    settle_rule,
    terms_of,
)
from lms.assigned.service.tasks import Task, tasks_of

__all__ = [
    "Previewed",
    "Task",
    "activate_rule",
    "aim_of",
    "ask_for_time",
    "change_rule",
    "check_terms",
    "delete_rule",
    "end_rule",
    "get_rule_for_change",
    "grant",
    "make_rule",
    "preview",
    "preview_terms",
    "refuse",
    "remind",
    "settle_people",
    "settle_rule",
    "tasks_of",
    "terms_of",
]
