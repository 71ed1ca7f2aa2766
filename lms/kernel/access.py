"""Who is asking and what they may do. This file knows roles by name and entities by path, and no table."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID


class Permission(StrEnum):
    """Every permission there is, as `resource:action`. A route names exactly one."""

    SELF = "self:use"  # one's own record; everybody who is signed in
    COURSES_WRITE = "courses:write"  # differences, impact and previews of courses
    COURSES_PUBLISH = "courses:publish"
    PEOPLE_READ = "people:read"
    PEOPLE_IMPORT = "people:import"
    PEOPLE_MANAGE = "people:manage"
    GRANTS_MANAGE = "grants:manage"
    TEAM_READ = "team:read"
    PROFILES_ASSIGN = "profiles:assign"
    PLANS_PROPOSE = "plans:propose"
    ASSIGNMENTS_MAKE = "assignments:make"
    ASSIGNMENTS_ORDER = "assignments:order"  # make them compulsory: the head of the entity or a delegate
    ASSIGNMENTS_READ = "assignments:read"  # by name, who has done what was assigned
    WORK_ASSESS = "work:assess"
    COMPLETIONS_READ = "completions:read"
    COMPLETIONS_RECORD = "completions:record"
    COMPLETIONS_REVOKE = "completions:revoke"
    COMPLETIONS_WAIVE = "completions:waive"
    EQUIVALENCES_DECIDE = "equivalences:decide"  # for one's entities; for everybody, the coordinator
    SKILLS_READ = "skills:read"
    REPORTS_READ = "reports:read"
    COVERAGE_READ = "coverage:read"  # counts of people only: participation and coverage
    LEARNING_TIME_READ = "learning_time:read"
    POLICIES_ADOPT = "policies:adopt"
    EVENTS_READ = "events:read"
    PARTNERS_READ = "partners:read"  # the register; of one's own partner, who coordinates its part
    PARTNERS_WRITE = "partners:write"
    PARTNERS_KEEP = "partners:keep"  # what a partner does not say of itself: kind, group, participation
    PARTNERS_IMPORT = "partners:import"
    SCREENING_READ = "screening:read"  # the circle; senior managers only where they are named
    SCREENING_NAME = "screening:name"
    SCREENING_DECIDE = "screening:decide"
    GATE_WAIVE = "gate:waive"
    PARTNER_PEOPLE_INVITE = "partner_people:invite"  # people of a partner, who get a sign-in when they accept
    FOCAL_POINTS_READ = "focal_points:read"  # the report of an entity; the directory is open to personnel
    EXCHANGE_READ = "exchange:read"  # needs of entities, offers of partners
    NEEDS_POST = "needs:post"
    OFFERS_POST = "offers:post"
    EXCHANGE_INTRODUCE = "exchange:introduce"
    TRAININGS_READ = "trainings:read"  # joint trainings of one's hosts
    TRAININGS_HOST = "trainings:host"  # propose them and carry them on, for an entity or a partner
    AGREEMENTS_CLEAR = "agreements:clear"  # the standard text, changed clauses; who may sign
    EVALUATIONS_READ = "evaluations:read"  # totals only
    LESSONS_REVIEW = "lessons:review"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held for an entity and all that lies under it; `path` is "/" for the whole system."""

    role: str
    path: str
    entity: str | None = None


@dataclass(frozen=True, slots=True)
class PartnerGrant:
    """A role held for one partner. It has no path, so that it opens nothing of any entity."""

    role: str
    partner_id: UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who asks, with the grants read for this very request."""

    person_id: UUID
    name: str
    language: str
    grants: tuple[Grant, ...] = ()
    permissions: dict[Permission, tuple[str, ...]] = field(default_factory=dict)  # permission → paths
    partner_grants: tuple[PartnerGrant, ...] = ()
    partner_permissions: dict[Permission, tuple[UUID, ...]] = field(
        default_factory=dict
    )  # permission → partners
    scopes: frozenset[str] | None = None  # of an API token; None: a full sign-in
    time_zone: str = "UTC"
    entity_path: str | None = None  # of the primary affiliation
    entity_key: str | None = None
    supervises: bool = False
    session_id: UUID | None = None

    def paths(self, permission: Permission) -> tuple[str, ...]:
        """Entity paths for which `permission` is held; empty when it is not held at all."""
        if self.scopes is not None and permission not in self.scopes:
            return ()
        return self.permissions.get(permission, ())

    def partners(self, permission: Permission) -> tuple[UUID, ...]:
        """Partners for which alone `permission` is held, beside what `paths` opens."""
        if self.scopes is not None and permission not in self.scopes:
            return ()
        return self.partner_permissions.get(permission, ())

    def may(self, permission: Permission, path: str | None = None) -> bool:
        """Whether `permission` is held for the entity at `path` (None: for any entity or partner)."""
        held = self.paths(permission)
        if path is None:
            return bool(held or self.partners(permission))
        return any(path.startswith(each) for each in held)
