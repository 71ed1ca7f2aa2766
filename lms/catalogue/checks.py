"""Checks that look from one place to another: tags, sums, citations, draws, translations, prerequisites."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from .domain import ActivityKind, FindingList, Taxonomy, UnknownTag
from .quiz_text import ParsedQuiz
from .rubric_text import ParsedAssignment
from .schema_check import did_you_mean
from .structure import Named, Structure
from .translations import compare_assignments, compare_quizzes
from .words import LanguageWords, WordFile

RESERVED_ACTIVITY_KEY = "course"


def check_structure(structure: Structure, findings: FindingList, *, today: date) -> None:
    """What course.yaml says against itself and its folder's name."""
    if (key := structure.text("key")) and key != structure.folder:
        sentence = f'The key is "{key}", but the folder is called "{structure.folder}"; they must agree.'
        findings.error(structure.line("key"), sentence)
    original = structure.text("original")
    if original and original not in structure.languages:
        sentence = f'The course was written in "{original}", which "languages" does not list.'
        findings.error(structure.line("original"), sentence)
    _check_unique_keys(structure, findings)
    _check_minutes(structure, findings)
    _check_what_supports_levels(structure, findings)
    _check_days(structure, findings, today)
    _check_renewal(structure, findings)


def check_tags(
    structure: Structure, taxonomy: Taxonomy, providers: Collection[str], findings: FindingList
) -> None:
    """Every tag against the taxonomy, every level against what its evidence can support."""
    for field, sort, tags in (
        ("audiences", "audience", taxonomy.audiences),
        ("focuses", "focus", taxonomy.focuses),
        ("modalities", "modality", taxonomy.modalities),
    ):
        known = [tag.key for tag in tags]
        for word in structure.words(field):
            _check_known(structure, word, sort, known, findings)
    if provider := structure.text("provider"):
        _check_known(structure, Named(("provider",), provider), "provider", providers, findings)
    competencies = [competency.key for competency in taxonomy.competencies]
    for place, taught in structure.groups("teaches"):
        if isinstance(competency := taught.get("competency"), str):
            named = Named((*place, "competency"), competency)
            _check_known(structure, named, "competency", competencies, findings)
        for field, source in (("level", "course"), ("assessed_level", "assessed_work")):
            _check_ceiling(structure, Named((*place, field), source), taught.get(field), taxonomy, findings)


def check_course_words(structure: Structure, words: WordFile, findings: FindingList) -> None:
    """The titles in course.md against the modules in course.yaml."""
    titles = words.markdown.front.data.get("modules") if isinstance(words.markdown.front.data, dict) else None
    if not isinstance(titles, dict):
        return
    for key in titles:
        if key not in structure.module_keys:
            sentence = f'course.yaml has no module "{key}".{did_you_mean(key, structure.module_keys)}'
            findings.error(words.markdown.front.line("modules", key), sentence)
    for key in structure.module_keys:
        if key not in titles:
            findings.error(words.markdown.front.line("modules"), f'The title of module "{key}" is missing.')


def check_draws(structure: Structure, words: LanguageWords, findings: FindingList) -> None:
    """No quiz draws more questions than its bank holds. `words` are the original's."""
    for place, activity in structure.activities:
        file = words.activities.get(str(activity.get("key")))
        draw = activity.get("draw")
        if file is None or not isinstance(file.body, ParsedQuiz) or not isinstance(draw, int):
            continue
        if draw > (bank := len(file.body.questions)):
            sentence = f"This quiz draws {draw} questions, but its file holds {bank}."
            findings.error(structure.line(*place, "draw"), sentence)


def check_citations(
    structure: Structure, original: str | None, languages: Iterable[LanguageWords], findings: FindingList
) -> None:
    """Sources that are cited but not listed, in any language, and those that the original never cites.

    The second can be said only when every file of the original is there.
    """
    listed = structure.source_lines
    cited, is_whole = set(), False
    for language in languages:
        for words in language.files:
            _check_cited(words, listed, findings.in_file(words.file))
        if language.language == original:
            cited = {key for words in language.files for _, key in words.facts.citations}
            is_whole = language.has_all(structure.activity_kinds)
    for key, line in listed.items():
        if is_whole and key not in cited:
            sentence = f'No text cites the source "{key}"; cite it as [{key}], or take it out.'
            findings.error(line, sentence)


def check_translation(original: LanguageWords, translation: LanguageWords, findings: FindingList) -> None:
    """One language against the original: keys, marks, and whether it is up to date."""
    if original.course and translation.course:
        _check_date_of(translation.course, original.course, findings.in_file(translation.course.file))
    for key, theirs in original.activities.items():
        if key not in translation.activities:
            continue
        ours = translation.activities[key]
        at = findings.in_file(ours.file)
        _check_date_of(ours, theirs, at)
        if isinstance(ours.body, ParsedQuiz) and isinstance(theirs.body, ParsedQuiz):
            compare_quizzes(theirs.body, ours.body, at)
        if isinstance(ours.body, ParsedAssignment) and isinstance(theirs.body, ParsedAssignment):
            compare_assignments(theirs.body, ours.body, at)


def check_original(original: LanguageWords, findings: FindingList) -> None:
    """The original was translated from nothing."""
    for words in original.files:
        if words.markdown.text("translated_from"):
            line = words.markdown.front.line("translated_from")
            sentence = 'This is the original language; "translated_from" belongs in translations only.'
            findings.in_file(words.file).error(line, sentence)


def check_prerequisites(
    structures: Mapping[str, Structure], folders: Collection[str], findings: FindingList
) -> None:
    """Prerequisites must exist and never lead back.

    `folders` are all course folders, `structures` those whose course.yaml could be parsed.
    """
    edges = {key: [each.word for each in course.words("prerequisites")] for key, course in structures.items()}
    for key, structure in structures.items():
        at = FindingList(f"{key}/course.yaml", key, findings.found)
        for word in structure.words("prerequisites"):
            if word.word == key:
                at.error(structure.line(*word.place), "A course cannot require itself.")
            elif word.word not in folders:
                sentence = f'There is no course "{word.word}".{did_you_mean(word.word, folders)}'
                at.error(structure.line(*word.place), sentence)
        if circle := _circle(key, edges):
            sentence = f"The prerequisites go in a circle: {' → '.join(circle)}."
            at.error(structure.line("prerequisites"), sentence)


def _check_known(
    structure: Structure, named: Named, sort: str, known: Collection[str], findings: FindingList
) -> None:
    if named.word not in known:
        where = "providers.yaml" if sort == "provider" else "taxonomy.yaml"
        sentence = f'{where} has no {sort} "{named.word}".{did_you_mean(named.word, known)}'
        findings.error(structure.line(*named.place), sentence)


def _check_ceiling(
    structure: Structure, source: Named, level: object, taxonomy: Taxonomy, findings: FindingList
) -> None:
    try:
        ceiling = taxonomy.ceiling(source.word)
    except UnknownTag:
        return  # the check of taxonomy.yaml tells of it
    if isinstance(level, int) and level > ceiling:
        field = source.place[-1]
        sentence = f'"{field}" is {level}, but this kind of evidence supports {ceiling} at most.'
        findings.error(structure.line(*source.place), sentence)


def _check_unique_keys(structure: Structure, findings: FindingList) -> None:
    activities = structure.activities
    for what, field, groups in (
        ("module", "key", structure.groups("modules")),
        ("activity", "key", activities),
        ("source", "id", structure.groups("sources")),
        ("competency", "competency", structure.groups("teaches")),
    ):
        seen: dict[str, int | None] = {}
        for place, each in groups:
            word, line = each.get(field), structure.line(*place, field)
            if isinstance(word, str) and word in seen:
                sentence = f'The {what} "{word}" already stands on line {seen[word]} of this course.'
                findings.error(line, sentence)
            elif isinstance(word, str):
                seen[word] = line
    for place, each in activities:
        if each.get("key") == RESERVED_ACTIVITY_KEY:
            findings.error(
                structure.line(*place, "key"), 'An activity cannot be called "course", as course.md is.'
            )


def _check_minutes(structure: Structure, findings: FindingList) -> None:
    for place, module in structure.groups("modules"):
        said = module.get("minutes")
        parts = [each.get("minutes") for where, each in structure.activities if where[: len(place)] == place]
        numbers = [each for each in parts if isinstance(each, int)]
        if isinstance(said, int) and len(numbers) == len(parts) and said != sum(numbers):
            sentence = f"The module takes {said} minutes, but its activities take {sum(numbers)} together."
            findings.error(structure.line(*place, "minutes"), sentence)


def _check_what_supports_levels(structure: Structure, findings: FindingList) -> None:
    """A level rests on something: a required quiz for `level`, an assignment for `assessed_level`."""
    activities = [each for _, each in structure.activities]
    has_quiz = any(_is_kind(each, ActivityKind.QUIZ) and each.get("required", True) for each in activities)
    has_work = any(_is_kind(each, ActivityKind.ASSIGNMENT) for each in activities)
    if structure.groups("teaches") and activities and not has_quiz:
        findings.error(structure.line("teaches"), "Levels rest on quizzes, and this course requires none.")
    for place, taught in structure.groups("teaches"):
        level, assessed = taught.get("level"), taught.get("assessed_level")
        line = structure.line(*place, "assessed_level")
        if assessed is not None and activities and not has_work:
            findings.error(line, '"assessed_level" rests on an assignment, and this course has none.')
        if isinstance(level, int) and isinstance(assessed, int) and assessed < level:
            findings.error(
                line, f'"assessed_level" is {assessed}, below the level {level} of the quizzes alone.'
            )


def _is_kind(activity: dict[str, Any], kind: ActivityKind) -> bool:
    return bool(activity.get("kind") == kind.value)


def _check_days(structure: Structure, findings: FindingList, today: date) -> None:
    for place, source in structure.groups("sources"):
        try:
            checked_on = date.fromisoformat(str(source.get("checked_on")))
        except ValueError:
            continue  # the schema tells of it
        if checked_on > today:
            sentence = f"{checked_on} has not come yet; say when the source was last looked up."
            findings.error(structure.line(*place, "checked_on"), sentence)


def _check_renewal(structure: Structure, findings: FindingList) -> None:
    """A shorter path leads somewhere, through modules that there are, and something lapses that it can renew."""
    renewal = structure.group("renewal")
    if renewal is None:
        return
    kept = {key for key in renewal.get("modules") or () if isinstance(key, str)}
    for index, key in enumerate(renewal.get("modules") or ()):
        if isinstance(key, str) and key not in structure.module_keys:
            sentence = f'There is no module "{key}".{did_you_mean(key, structure.module_keys)}'
            findings.error(structure.line("renewal", "modules", index), sentence)
    required = [
        module
        for _, module in structure.groups("modules")
        if module.get("key") in kept
        and any(
            each.get("required", True) for each in module.get("activities") or () if isinstance(each, dict)
        )
    ]
    if kept and not required:
        sentence = "Nothing in these modules is required, so nothing is renewed by them."
        findings.error(structure.line("renewal"), sentence)
    if not structure.lapses:
        sentence = "A completion of this course does not lapse: give validity_months or lapses_each_year_on."
        findings.error(structure.line("renewal"), sentence)


def _check_cited(words: WordFile, listed: Mapping[str, int], findings: FindingList) -> None:
    for line, key in words.facts.citations:
        if key not in listed:
            hint = did_you_mean(key, listed) or f" If it is no citation, write \\[{key}]."
            findings.error(line, f'course.yaml lists no source "{key}".{hint}')
    for line, key in words.facts.crowded:
        if key in listed:
            sentence = f"Only the id stands in the brackets: [{key}], then the paragraph in words."
            findings.error(line, sentence)


def _check_date_of(ours: WordFile, original: WordFile, findings: FindingList) -> None:
    digest = original.digest[:12]
    line = ours.markdown.front.line("translated_from")
    if not ours.markdown.text("translated_from"):
        findings.note(line, f'"translated_from" is missing; the original is now at "{digest}".')
    elif ours.is_older_than(original):
        findings.note(line, f'The original has changed since this was translated; it is now at "{digest}".')


def _circle(start: str, edges: Mapping[str, list[str]]) -> list[str] | None:
    """The shortest way from a course through its prerequisites back to itself; None when there is none."""
    ways = deque([[start]])
    seen: set[str] = set()
    while ways:
        way = ways.popleft()
        for following in edges.get(way[-1], []):
            if following == start and len(way) > 1:
                return [*way, start]
            if following not in seen and following != start:
                seen.add(following)
                ways.append([*way, following])
    return None
