"""Puts the pages into the application: static files and every audience's routes."""

from fastapi import FastAPI

from lms.settings import Settings
from lms.web import (
    absences,
    account,
    admin,
    assessor,
    assigned,
    assigning,
    author,
    catalogue,
    coverage,
    equivalences,
    hours,
    hr,
    imports,
    invitation,
    learner,
    moving,
    participation,
    partner_import,
    partner_people,
    partner_screening,
    partners,
    people,
    plan,
    plan_time,
    player,
    previews,
    prior_assessing,
    prior_learning,
    profiles,
    programmes,
    proposing,
    quiz,
    record,
    reference,
    supervisor,
    trainings,
    visitor,
    waivers,
)
from lms.web.static_files import install_static

ROUTERS = (
    visitor.router,
    invitation.router,
    catalogue.router,
    programmes.router,
    plan.router,
    plan_time.router,
    learner.router,
    moving.router,
    player.router,
    quiz.router,
    record.router,
    prior_learning.router,
    account.router,
    hr.router,
    participation.router,
    coverage.router,
    hours.router,
    people.router,
    absences.router,
    profiles.router,
    partner_import.router,
    partner_people.router,
    partner_screening.router,
    partners.router,
    trainings.router,
    imports.router,
    supervisor.router,
    assigned.router,
    assigning.router,
    proposing.router,
    prior_assessing.router,
    assessor.router,
    waivers.router,
    equivalences.router,
    author.router,
    previews.router,
    admin.router,
    reference.router,
)


def install_pages(app: FastAPI, settings: Settings) -> None:
    """Serve pages and what they need. Pages are no part of the API's document."""
    install_static(app, third_party=settings.assets_dir)
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
