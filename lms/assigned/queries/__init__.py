"""Every SELECT about assigned learning."""

from lms.assigned.queries.assignments import (
    extensions_to_decide,
    get_assignment_visible_to,
    get_extension_to_decide,
    list_assignments,
    open_assignments_of,
    overdue_of_rules,
    standings_by_id,
    to_remind,
)
from lms.assigned.queries.reach import Aim, Reached, done_courses, left_behind, reached
from lms.assigned.queries.rules import (
    Counts,
    active_rules,
    counts_of,
    get_rule_visible_to,
    list_rules,
    people_of_import,
    too_few,
)

__all__ = [
    "Aim",
    "Counts",
    "Reached",
    "active_rules",
    "counts_of",
    "done_courses",
    "extensions_to_decide",
    "get_assignment_visible_to",
    "get_extension_to_decide",
    "get_rule_visible_to",
    "left_behind",
    "list_assignments",
    "list_rules",
    "open_assignments_of",
    "overdue_of_rules",
    "people_of_import",
    "reached",
    "standings_by_id",
    "to_remind",
    "too_few",
]
