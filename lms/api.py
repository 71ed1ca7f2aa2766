"""Assembles the rooms' routers under /api/v1."""

from inspect import signature
from typing import Any, cast

from fastapi import FastAPI
from fastapi.routing import APIRoute

from lms.assigned.endpoints import router as assigned
from lms.assigned.rule_endpoints import router as assignment_rules
from lms.catalogue.endpoints import router as catalogue
from lms.catalogue.preview_endpoints import router as previews
from lms.catalogue.profile_endpoints import published as published_profiles
from lms.catalogue.profile_endpoints import router as profiles
from lms.catalogue.programme_endpoints import router as published_programmes
from lms.catalogue.publish_endpoints import router as publishing
from lms.catalogue.taxonomy_endpoints import router as taxonomy
from lms.catalogue.version_endpoints import router as versions
from lms.completions.endpoints import router as completions
from lms.completions.equivalence_endpoints import router as equivalences
from lms.completions.programme_endpoints import router as programmes
from lms.completions.waiver_endpoints import router as waivers
from lms.enrolments.endpoints import router as enrolments
from lms.enrolments.move_endpoints import router as moving
from lms.evaluations.endpoints import router as evaluations
from lms.evaluations.endpoints import unkept as reactions
from lms.focal_points.endpoints import router as focal_points
from lms.focal_points.session_endpoints import router as topic_sessions
from lms.interop.events import router as events
from lms.joint_trainings.endpoints.agreements import router as agreements
from lms.joint_trainings.endpoints.assessed_work import router as assessed_work
from lms.joint_trainings.endpoints.attendance import router as attendance
from lms.joint_trainings.endpoints.bookings import router as bookings
from lms.joint_trainings.endpoints.checklist import router as checklist
from lms.joint_trainings.endpoints.costs import router as costs
from lms.joint_trainings.endpoints.ex_ante import router as ex_ante
from lms.joint_trainings.endpoints.exchange import router as exchange
from lms.joint_trainings.endpoints.indicators import router as indicators
from lms.joint_trainings.endpoints.introductions import router as introductions
from lms.joint_trainings.endpoints.lesson_library import router as lesson_library
from lms.joint_trainings.endpoints.lessons import router as lessons
from lms.joint_trainings.endpoints.sessions import router as sessions
from lms.joint_trainings.endpoints.signing import router as signing
from lms.joint_trainings.endpoints.trainings import router as trainings
from lms.kernel.http import problem_responses
from lms.partners.endpoints import router as partners
from lms.partners.import_endpoints import router as partner_imports
from lms.partners.invitation_endpoints import router as invitations
from lms.partners.screening_endpoints import router as screening
from lms.people.change_endpoints import router as changes
from lms.people.endpoints import router as people
from lms.people.import_endpoints import router as imports
from lms.plans.endpoints import router as plans
from lms.practice.endpoints import router as practice
from lms.prior_learning.endpoints import router as prior_learning
from lms.reports.agreement_endpoints import router as agreement_file
from lms.reports.count_endpoints import router as counts
from lms.reports.endpoints import router as reports
from lms.reports.evaluations import router as evaluation_report
from lms.reports.focal_point_endpoints import router as focal_point_report
from lms.skills.endpoints import router as skills

PREFIX = "/api/v1"
# Routes are tried in this order: what learners ask for all day comes first.
ROOMS = (
    catalogue,
    enrolments,
    people,
    changes,
    imports,
    publishing,
    taxonomy,
    published_profiles,
    profiles,
    published_programmes,
    versions,
    previews,
    completions,
    programmes,
    waivers,
    equivalences,
    moving,
    skills,
    plans,
    prior_learning,
    practice,
    assigned,
    assignment_rules,
    partners,
    partner_imports,
    invitations,
    screening,
    trainings,
    ex_ante,
    indicators,
    checklist,
    costs,
    agreements,
    signing,
    agreement_file,
    sessions,
    bookings,
    attendance,
    assessed_work,
    focal_points,
    topic_sessions,
    introductions,
    exchange,
    lessons,
    lesson_library,
    reactions,
    evaluation_report,
    evaluations,
    reports,
    counts,
    focal_point_report,
    events,
)


def include_api(app: FastAPI) -> None:
    """Give the application every route of the API, each documented with the problems any of them may answer.

    As routes of the application's own router: `include_router` keeps routers within routers, and looking through
    three of them costs a request more than reading who asks.
    """
    problems = problem_responses(400, 401, 403, 404, 405, 409, 410, 412, 413, 415, 422, 428, 429, 503)
    for room in ROOMS:
        for route in room.routes:
            app.router.routes.append(_placed(cast(APIRoute, route), problems))


_ARGUMENTS = frozenset(signature(APIRoute.__init__).parameters)


def _placed(route: APIRoute, problems: dict[int | str, dict[str, Any]]) -> APIRoute:
    """The same route under /api/v1. A route keeps each argument it was made with under the argument's name."""
    given = {name: value for name, value in vars(route).items() if name in _ARGUMENTS}
    return type(route)(**given | {"path": PREFIX + route.path, "responses": problems | route.responses})
