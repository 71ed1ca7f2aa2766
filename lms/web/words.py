"""The reader's words for keys that rooms keep: kinds of personnel, roles, sources, states."""

from lms.kernel.i18n import translator
from lms.people.passwords import LEAST, Weakness


def kinds_of_personnel(language: str) -> dict[str, str]:
    """What ties a person to an entity."""
    _ = translator(language).gettext
    return {
        "staff": _("Staff"),
        "un_volunteer": _("UN Volunteers"),
        "consultant": _("Consultants and contractors"),
        "intern": _("Interns"),
        "gratis": _("Gratis or loaned personnel"),
        "partner_personnel": _("Partner personnel"),
        "former": _("Retired or former"),
    }


def appointments(language: str) -> dict[str, str]:
    """Kinds of appointment of staff."""
    _ = translator(language).gettext
    return {"continuing": _("Continuing"), "fixed_term": _("Fixed-term"), "temporary": _("Temporary")}


def roles(language: str) -> dict[str, tuple[str, str]]:
    """Roles that can be granted, each with what it lets a person do."""
    _ = translator(language).gettext
    return {
        "hr_officer": (
            _("Human resources officer"),
            _(
                "Sees people, completions, skills and reports; records, waives and revokes completions; "
                "decides equivalences; assigns learning and sees who has done it."
            ),
        ),
        "senior_manager": (
            _("Senior manager"),
            _(
                "Reads reports; adopts a recognition policy; waives courses; decides equivalences; "
                "assigns learning and makes it compulsory."
            ),
        ),
        "coordinator": (
            _("System-wide coordinator"),
            _(
                "Sees participation and coverage of every entity, as counts in which few people are hidden; "
                "decides equivalences for everybody."
            ),
        ),
        "assessor": (_("Assessor"), _("Assesses pieces of work and prior learning, never their own.")),
        "author": (_("Author"), _("Publishes courses.")),
        "facilitator": (_("Facilitator"), _("Leads trainings.")),
        "focal_point": (
            _("Focal point"),
            _(
                "Speaks for the entity towards partners and keeps their register; proposes plans and "
                "recommends learning to its people."
            ),
        ),
        "screening_officer": (
            _("Screening officer"),
            _("Decides on partners and keeps early warnings, in confidence; names who else may see them."),
        ),
        "legal_officer": (
            _("Legal officer"),
            _("Reads screening and early warnings, in confidence; names who else may see them."),
        ),
        "partner_coordinator": (
            _("Partner coordinator"),
            _("Sees and corrects what the register says of their own organisation."),
        ),
        "admin": (
            _("Administrator"),
            _(
                "Runs the system: people, roles, courses, events. Reads no one's answers, evidence or dossier."
            ),
        ),
    }


def completion_sources(language: str) -> dict[str, str]:
    """How a completion came about."""
    _ = translator(language).gettext
    return {
        "activities": _("Taken here"),
        "recorded": _("Recorded elsewhere"),
        "prior_learning": _("Prior learning confirmed"),
        "equivalence": _("By equivalence"),
        "waiver": _("Waiver"),
        "joint_training": _("Joint training attended"),
    }


def evidence_sources(language: str) -> dict[str, str]:
    """What a skill record rests on."""
    _ = translator(language).gettext
    return {
        "course": _("Course"),
        "assessed_work": _("Assessed work"),
        "joint_training_assessment": _("Assessment at a joint training"),
        "prior_learning": _("Prior learning confirmed"),
        "attested_practice": _("Attested practice"),
        "attendance": _("Attendance"),
        "waiver": _("Waiver"),
    }


def changes(language: str) -> dict[str, tuple[str, str]]:
    """Kinds of change of a course, each with what it asks of people."""
    _ = translator(language).gettext
    return {
        "editorial": (_("Editorial"), _("Nothing changes for anybody.")),
        "minor": (_("Minor"), _("New enrolments get it; those on the way stay on their version.")),
        "material": (_("Material"), _("Those who completed an earlier version renew by a day.")),
    }


def weak_password(language: str, weakness: Weakness) -> str:
    """Why a new password is refused."""
    _ = translator(language).gettext
    return {
        Weakness.SHORT: _("Use %(least)s characters at least.", least=LEAST),
        Weakness.LONG: _("This is too long."),
        Weakness.OWN: _("This is your name or e-mail, or too close to it. Others would try it first."),
        Weakness.COMMON: _("This password is among the most common ones. Others would try it first."),
        Weakness.SAME: _("This is your present password. Choose another."),
    }[weakness]
