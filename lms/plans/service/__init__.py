"""Make, propose, decide, adjust and follow plans: the room's use cases, and the only writers of its tables."""

from lms.plans.service.calendars import make_feed, revoke_feed
from lms.plans.service.deciding import accept_own, decide, propose, set_learning_time, suggest, wish
from lms.plans.service.following import follow
from lms.plans.service.making import Made, Terms, make_plans

__all__ = [
    "Made",
    "Terms",
    "accept_own",
    "decide",
    "follow",
    "make_feed",
    "make_plans",
    "propose",
    "revoke_feed",
    "set_learning_time",
    "suggest",
    "wish",
]
