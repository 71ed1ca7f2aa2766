"""Imports every room's tables, so that Alembic and the tests see one metadata."""

from lms.adapters import mail, signing
from lms.assigned import models as assigned
from lms.catalogue import models as catalogue
from lms.completions import models as completions
from lms.enrolments import models as enrolments
from lms.evaluations import models as evaluations
from lms.focal_points import models as focal_points
from lms.joint_trainings.models import (
    agreements,
    assessments,
    attendance,
    checklist,
    costs,
    ex_ante,
    exchange,
    indicators,
    lessons,
    sessions,
    trainings,
)
from lms.joint_trainings.models import signing as training_signing
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
    "agreements",
    "assessments",
    "assigned",
    "attendance",
    "catalogue",
    "checklist",
    "completions",
    "costs",
    "enrolments",
    "evaluations",
    "events",
    "ex_ante",
    "exchange",
    "focal_points",
    "idempotency",
    "indicators",
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
    "training_signing",
    "trainings",
]
