"""When this happened, then that: the whole table on one page.

At once: in the same transaction, so that it is true together or not at all. Afterwards: a job, enqueued in the
same transaction, for what can wait. `app`, `jobs` and `cli` install this table at start.
"""

from lms.assigned.domain.events import (
    Assigned,
    AssignmentEnded,
    ExtensionAsked,
    ExtensionGranted,
    ExtensionRefused,
    Reminded,
)
from lms.catalogue.domain.errors import CoursePublished, ProgrammesPublished
from lms.completions import equivalences, programmes, validity
from lms.completions.domain import CompletionRevoked, CourseCompleted
from lms.completions.domain.equivalences import EquivalenceDecided
from lms.completions.domain.programmes import ProgrammeCompleted
from lms.completions.domain.validity import ValidityChanged
from lms.enrolments.domain.states import Enrolled, WorkAssessed, WorkSubmitted
from lms.evaluations.domain.happenings import ConsentGiven, LevelOpened
from lms.evaluations.service import day as evaluations
from lms.focal_points.domain import SessionAnnounced
from lms.joint_trainings.domain.agreements import ClearanceAsked, ClearanceDecided
from lms.joint_trainings.domain.attendance import HostReminded, TrainingAttended
from lms.joint_trainings.domain.bookings import BookingMoved
from lms.joint_trainings.domain.exchange import Introduced, IntroductionDeclined, TrainingDrafted
from lms.joint_trainings.domain.lessons import LessonPublished, LessonReviewed, LessonSubmitted
from lms.joint_trainings.domain.sessions import FacilitatorNamed, SessionCancelled, SessionMoved
from lms.joint_trainings.domain.trainings import TrainingMoved
from lms.joint_trainings.service import invited, lesson_quotes
from lms.joint_trainings.service import sessions as training_sessions
from lms.kernel import events
from lms.people.domain import (
    AbsencesChanged,
    PasswordChanged,
    PeopleImported,
    PersonChanged,
    RoleGranted,
    RoleRevoked,
)
from lms.people.invitations.domain import InvitationAccepted, InvitationWithdrawn, Invited
from lms.plans.domain.states import PlanProposed
from lms.practice.domain import ConfirmationAsked, PracticeDecided, PracticeSubmitted
from lms.prior_learning.domain import LearningDecided, LearningSubmitted
from lms.recognition import service as recognition
from lms.skills import service as skills
from lms.skills import validity as skills_validity
from lms.skills.domain import SkillsRecorded, SkillsRevoked

AT_ONCE: dict[type[events.Event], tuple[events.Reaction, ...]] = {
    AbsencesChanged: (validity.on_absences_changed, skills_validity.on_absences_changed),
    CoursePublished: (lesson_quotes.on_course_published,),
    CourseCompleted: (
        skills.on_course_completed,
        recognition.on_course_completed,
        programmes.on_course_completed,
        equivalences.on_course_completed,
    ),
    SkillsRecorded: (recognition.on_skills_recorded,),
    CompletionRevoked: (
        skills.on_completion_revoked,
        recognition.on_completion_revoked,
        programmes.on_completion_revoked,
        equivalences.on_completion_revoked,
    ),
    SkillsRevoked: (recognition.on_skills_revoked,),
    InvitationAccepted: (invited.on_accepted,),
    InvitationWithdrawn: (invited.on_withdrawn,),
    Invited: (invited.on_invited,),
    TrainingAttended: (evaluations.on_training_attended,),
    TrainingMoved: (training_sessions.on_training_moved, evaluations.on_training_moved),
}

AFTERWARDS: dict[type[events.Event], tuple[str, ...]] = {
    BookingMoved: ("mail.bookings",),
    ClearanceAsked: ("mail.clearance_asked",),
    ClearanceDecided: ("mail.clearance_decided",),
    Enrolled: ("mail.enrolled",),
    EquivalenceDecided: ("equivalences.settle",),
    CourseCompleted: ("mail.completed", "plans.after_completion"),
    CompletionRevoked: ("plans.after_revocation",),
    CoursePublished: ("validity.after_publication", "plans.after_publication"),
    Introduced: ("mail.introduced",),
    IntroductionDeclined: ("mail.introduction_declined",),
    ConsentGiven: ("mail.evaluation_asked",),
    LevelOpened: ("mail.evaluation_asked",),
    TrainingDrafted: ("mail.training_drafted",),
    LearningDecided: ("mail.learning_decided",),
    LearningSubmitted: ("mail.learning_submitted",),
    Invited: ("mail.invited",),
    LessonSubmitted: ("mail.lesson_submitted",),
    LessonReviewed: ("mail.lesson_reviewed",),
    LessonPublished: ("mail.lesson_reviewed",),
    PasswordChanged: ("mail.password_changed",),
    PersonChanged: ("plans.after_change", "assigned.after_change"),
    RoleGranted: ("assigned.after_change",),
    RoleRevoked: ("assigned.after_change",),
    PeopleImported: ("assigned.after_import",),
    Assigned: ("mail.assigned", "plans.after_assignment"),
    AssignmentEnded: ("plans.after_assignment",),
    Reminded: ("mail.assignment_reminder",),
    ExtensionAsked: ("mail.extension_asked",),
    ExtensionGranted: ("mail.extension_decided",),
    ExtensionRefused: ("mail.extension_decided",),
    PracticeSubmitted: ("mail.practice_submitted",),
    PracticeDecided: ("mail.practice_decided",),
    ConfirmationAsked: ("mail.facts_to_confirm",),
    PlanProposed: ("mail.plan_proposed",),
    SessionAnnounced: ("mail.session_announced",),
    FacilitatorNamed: ("mail.facilitators",),
    SessionCancelled: ("mail.session_cancelled",),
    SessionMoved: ("mail.session_moved",),
    ProgrammeCompleted: ("mail.programme_completed",),
    ProgrammesPublished: ("programmes.settle",),
    ValidityChanged: ("plans.after_validity",),
    HostReminded: ("mail.sign_attendance",),
    WorkSubmitted: ("mail.work_submitted",),
    WorkAssessed: ("mail.work_assessed", "plans.after_assessment"),
}


def install() -> None:
    """Make the table known to `kernel.events`."""
    events.install(AT_ONCE, AFTERWARDS)
