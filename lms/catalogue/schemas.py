"""What goes over the wire about courses."""

from datetime import datetime

from pydantic import BaseModel

from lms.catalogue.domain import ActivityText, Edition


class TeachesRead(BaseModel):
    """A competency, the level by the course's own quizzes, and once the final work is assessed."""

    competency: str
    level: int
    assessed_level: int | None


class CourseCard(BaseModel):
    """A course in a list, in the language asked for or the nearest it has."""

    key: str
    version: int
    title: str
    summary: str
    language: str
    languages: list[str]
    minutes: int
    focuses: list[str]
    modalities: list[str]
    audiences: list[str]
    skill_areas: list[str]
    teaches: list[TeachesRead]
    provider: str


class ActivityRead(BaseModel):
    """An activity without its words."""

    key: str
    kind: str
    title: str
    minutes: int
    required: bool
    pass_mark: int | None


class ModuleRead(BaseModel):
    """A module and its activities."""

    key: str
    title: str
    minutes: int
    activities: list[ActivityRead]


class SourceRead(BaseModel):
    """A document the course rests on."""

    id: str
    symbol: str | None
    title: str
    year: int


class CourseRead(CourseCard):
    """A course, whole but for the words of its activities, which an enrolment serves."""

    about: str
    prerequisites: list[str]
    validity_months: int | None
    published_at: datetime | None = None
    modules: list[ModuleRead]
    sources: list[SourceRead]


def card(edition: Edition, *, number: int, language: str, skill_areas: list[str]) -> CourseCard:
    """The card of an edition in a language it has."""
    return CourseCard(**_card_fields(edition, number=number, language=language, skill_areas=skill_areas))


def _card_fields(
    edition: Edition, *, number: int, language: str, skill_areas: list[str]
) -> dict[str, object]:
    course, words = edition.course, edition.texts[language]
    return {
        "key": course.key,
        "version": number,
        "title": words.title,
        "summary": words.summary,
        "language": language,
        "languages": list(course.languages),
        "minutes": course.minutes,
        "focuses": list(course.focuses),
        "modalities": list(course.modalities),
        "audiences": list(course.audiences),
        "skill_areas": skill_areas,
        "teaches": [
            TeachesRead(competency=each.competency, level=each.level, assessed_level=each.assessed_level)
            for each in course.teaches
        ],
        "provider": course.provider,
    }


def course_read(edition: Edition, *, number: int, language: str, skill_areas: list[str]) -> CourseRead:
    """A course, whole, in a language it has."""
    course, words = edition.course, edition.texts[language]
    modules = [
        ModuleRead(
            key=module.key,
            title=words.modules[module.key],
            minutes=module.minutes,
            activities=[
                ActivityRead(
                    key=each.key,
                    kind=each.kind.value,
                    title=title_of(words.activities[each.key]),
                    minutes=each.minutes,
                    required=each.required,
                    pass_mark=each.pass_mark,
                )
                for each in module.activities
            ],
        )
        for module in course.modules
    ]
    return CourseRead.model_validate(
        _card_fields(edition, number=number, language=language, skill_areas=skill_areas)
        | {
            "about": words.about,
            "prerequisites": list(course.prerequisites),
            "validity_months": course.validity_months,
            "modules": modules,
            "sources": [
                SourceRead(id=each.id, symbol=each.symbol, title=each.title, year=each.year)
                for each in course.sources
            ],
        }
    )


def title_of(text: ActivityText) -> str:
    """An activity's title, whatever its kind."""
    return text.title
