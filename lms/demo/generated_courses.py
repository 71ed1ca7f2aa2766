"""Synthetic courses and the vocabulary they carry, for `lms.demo.generate`: nothing in them is to be learned."""

from functools import cache

from lms.catalogue.domain import (
    Activity,
    ActivityKind,
    ActivityText,
    AssignmentText,
    Change,
    Competency,
    Course,
    CourseText,
    Criterion,
    DefaultFor,
    Edition,
    Label,
    Level,
    Module,
    PageText,
    Profiles,
    Release,
    Requirement,
    SkillArea,
    Tag,
    TargetProfile,
    Taxonomy,
    Teaches,
)

LONG, SHORT = 0, 1
"""Numbers of the course with twenty activities, and of the one that measurements complete."""

AREAS, COMPETENCIES_EACH, FOCUSES, MODALITIES = 8, 5, 8, 5


def competency_key(number: int) -> str:
    """The key of a competency, by any number."""
    number %= AREAS * COMPETENCIES_EACH
    return f"competency-{number}"


@cache
def taxonomy() -> Taxonomy:
    """Eight skill areas of five competencies each."""
    return Taxonomy(
        version=1,
        focuses=tuple(Tag(f"focus-{n}", _label(f"Focus {n}")) for n in range(FOCUSES)),
        modalities=tuple(Tag(f"modality-{n}", _label(f"Modality {n}")) for n in range(MODALITIES)),
        audiences=(Tag("un-personnel", _label("UN personnel")),),
        levels=tuple(Level(n, f"level-{n}", _label(f"Level {n}"), "Generated.") for n in range(1, 5)),
        evidence_ceilings={"course": 1, "assessed_work": 2, "prior_learning": 3, "attested_practice": 4},
        skill_areas=tuple(_area(n) for n in range(AREAS)),
    )


@cache
def profiles() -> Profiles:
    """A target profile for each focus: eight competencies, half of them at level 2."""
    return Profiles(tuple(_profile(n) for n in range(FOCUSES)))


def _profile(number: int) -> TargetProfile:
    asked = tuple(
        Requirement(competency_key(number * 5 + 3 * n), 1 + n % 2, _label("Generated.")) for n in range(8)
    )
    default = DefaultFor(focuses=(f"focus-{number}",))
    return TargetProfile(
        f"profile-{number}", _label(f"Profile {number}"), _label("Generated."), asked, default
    )


def _label(text: str) -> Label:
    return Label({"en": text})


def _area(number: int) -> SkillArea:
    first = number * COMPETENCIES_EACH
    numbers = range(first, first + COMPETENCIES_EACH)
    competencies = tuple(
        Competency(competency_key(n), _label(f"Competency {n}"), {1: _label("knows it.")}) for n in numbers
    )
    return SkillArea(f"area-{number}", _label(f"Area {number}"), competencies)


@cache
def edition(number: int) -> Edition:
    """The `number`th course: the long one has five modules of four pages, all others two of four."""
    modules = tuple(_module(m) for m in range(5)) if number == LONG else (_module(0), _module(1), _FINAL_WORK)
    course = Course(
        key=f"course-{number:04d}",
        provider=f"provider-{number % 10}",
        original="en",
        languages=("en", "fr") if number % 3 == 0 else ("en",),
        audiences=("un-personnel",),
        focuses=(f"focus-{number % FOCUSES}",) if number % 2 else (),
        modalities=(f"modality-{number % MODALITIES}",),
        prerequisites=(),
        teaches=(Teaches(competency_key(number), 1), Teaches(competency_key(number * 3 + 1), 1, 2)),
        release=Release(Change.MINOR, "Generated."),
        modules=modules,
    )
    return Edition(course, {language: _text(number, course, language) for language in course.languages})


_FINAL_WORK = Module(
    "final-work",
    60,
    (Activity("final-work", ActivityKind.ASSIGNMENT, 60, required=False, pass_mark=60),),
)
_WORK = AssignmentText("Final work", "Generated.", (Criterion("whole", "Is it there?", ("No.", "Yes.")),))


def _module(number: int) -> Module:
    pages = tuple(Activity(f"page-{number}-{page}", ActivityKind.PAGE, 5 + page) for page in range(4))
    return Module(f"module-{number}", sum(page.minutes for page in pages), pages)


def _text(number: int, course: Course, language: str) -> CourseText:
    words: dict[str, ActivityText] = {
        each.key: _WORK if each.kind is ActivityKind.ASSIGNMENT else PageText(f"Page {each.key}", "Words.")
        for each in course.activities
    }
    return CourseText(
        title=f"Course {number} on partnership ({language})",
        summary=f"Generated course {number}: what partners agree on, and how it is followed.",
        about="Generated.",
        modules={module.key: f"Module {module.key}" for module in course.modules},
        activities=words,
    )
