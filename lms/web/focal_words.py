"""The reader's words for what focal points keep as keys, and for what is refused to them."""

from collections.abc import Iterable

from babel import Locale

from lms.catalogue.domain import Taxonomy
from lms.focal_points import domain
from lms.kernel.errors import DomainError
from lms.kernel.i18n import LANGUAGES, sort_key, translator
from lms.web.given import Errors, said


def exchanges(language: str) -> dict[str, str]:
    """Kinds of exchange with a company."""
    _ = translator(language).gettext
    return {
        "visit": _("Visit"),
        "stay_at_company": _("Stay at the company"),
        "company_stays_here": _("People of the company stay here"),
        "job_shadowing": _("Job shadowing"),
    }


def language_name(code: str, language: str) -> str:
    """What a language is called; a tag that CLDR does not know stands for itself."""
    return str(Locale(language).languages.get(code.replace("-", "_"), code))


def official_languages(language: str) -> list[tuple[str, str]]:
    """The six official languages to choose from, in the order of their names."""
    named = [(code, language_name(code, language)) for code in LANGUAGES]
    return sorted(named, key=lambda each: sort_key(each[1]))


def topic_name(taxonomy: Taxonomy, key: str, language: str) -> str:
    """What a skill area or competency is called; a key that the vocabulary has no more stands for itself."""
    names = {each.key: each.name for each in taxonomy.skill_areas}
    names |= {each.key: each.name for each in taxonomy.competencies}
    return names[key].for_reader(language) if key in names else key


def topics_to_choose(taxonomy: Taxonomy, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Skill areas, each with itself and its competencies as (key, name)."""
    whole = translator(language).gettext("%(area)s, all of it")
    return [
        (
            area.name.for_reader(language),
            [
                (area.key, whole % {"area": area.name.for_reader(language)}),
                *((each.key, each.name.for_reader(language)) for each in area.competencies),
            ],
        )
        for area in taxonomy.skill_areas
    ]


def refusal(error: DomainError, language: str) -> Errors:
    """What a form or page says about a refusal, in the reader's words where there are any."""
    _ = translator(language).gettext
    words: dict[type[DomainError], tuple[str, str]] = {
        domain.BadSponsor: ("sponsor", _("Nobody else with this e-mail works for an entity today.")),
        domain.InThePast: ("local_date", _("This moment has passed. Choose a later one.")),
        domain.TooFarAhead: ("local_date", _("A session is announced two years ahead at most.")),
        domain.TimeSkipped: (
            "local_time",
            _("On this day the clocks there go forward past this time. Choose an earlier or a later one."),
        ),
        domain.TimeTwice: (
            "local_time",
            _(
                "On this day the clocks there go back and show this time twice. Choose an earlier or a later one."
            ),
        ),
        domain.SessionClosed: ("", _("This session is over or was called off.")),
        domain.NotOverYet: ("", _("This session is not over yet.")),
        domain.JoinedAlready: ("", _("You have joined already.")),
        domain.NotJoined: ("", _("You have not joined.")),
        domain.HostStays: ("", _("A host calls a session off, and does not leave it.")),
        domain.CarriedOn: ("", _("This session carries on as a working group already.")),
        domain.GroupClosed: ("", _("This working group is closed.")),
        domain.NotOfGroup: ("", _("Members of the working group do this. Join it first.")),
        domain.NoFocalPoint: ("", _("Focal points do this.")),
    }
    for kind, (field, sentence) in words.items():
        if isinstance(error, kind):
            return {field: sentence}
    return said(error)


def named(codes: Iterable[str], language: str) -> list[str]:
    """Languages by name."""
    return [language_name(each, language) for each in codes]
