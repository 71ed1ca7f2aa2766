"""Make, propose, decide, adjust and follow plans: the room's use cases, and the only writers of its tables."""

from lms.plans.service.calendars import make_feed, revoke_feed
from lms.plans.service.deciding import (
    accept_own,
    check_may_propose,
    decide,
    propose,
    set_learning_time,
    suggest,
    wish,
)
from lms.plans.service.following import follow
from lms.plans.service.making import Made, Terms, given_weekly_minutes, make_plans

__all__ = [
    "Made",
    "Terms",
    "accept_own",
    "check_may_propose",
    "decide",
    "follow",
    "given_weekly_minutes",
    "make_feed",
    "make_plans",
    "propose",
    "revoke_feed",
    "set_learning_time",
    "suggest",
    "wish",
]
