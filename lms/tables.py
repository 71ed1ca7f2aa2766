"""Imports every room's tables, so that Alembic and the tests see one metadata."""

from lms.adapters import mail, signing
from lms.assigned import models as assigned
from lms.catalogue import models as catalogue
from lms.completions import models as completions
from lms.enrolments import models as enrolments
from lms.evaluations import models as evaluations
from lms.focal_points import models as focal_points
from lms.joint_trainings.models import assessments, attendance, exchange, lessons, sessions, trainings
from lms.kernel import events, idempotency
from lms.kernel.database import metadata
from lms.partners import models as partners
from lms.people import models as people
from lms.plans import models as plans
from lms.practice import models as practice
from lms.prior_learning import models as prior_learning
from lms.recognition import models as recognition
from lms.skills import models as skills

__all__ = [
    "assessments",
    "assigned",
    "attendance",
    "catalogue",
    "completions",
    "enrolments",
    "evaluations",
    "events",
    "exchange",
    "focal_points",
    "idempotency",
    "lessons",
    "mail",
    "metadata",
    "partners",
    "people",
    "plans",
    "practice",
    "prior_learning",
    "recognition",
    "sessions",
    "signing",
    "skills",
    "trainings",
]
