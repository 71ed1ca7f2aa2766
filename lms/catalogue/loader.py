"""The only code that reads courses/: files in, sound courses and every mistake at once out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from . import checks, profile_files, programme_files
from .course_schema import (
    COURSE,
    LANGUAGE_PATTERN,
    PROFILE,
    PROGRAMMES,
    PROVIDERS,
    TAXONOMY,
    TAXONOMY_WORDS,
)
from .domain import (
    ActivityKind,
    Course,
    Edition,
    Finding,
    FindingList,
    Profiles,
    Programmes,
    Provider,
    Severity,
    TargetProfile,
    Taxonomy,
    decode,
)
from .schema_check import check_schema
from .shared_files import (
    check_shared_keys,
    check_taxonomy_words,
    providers_from,
    taxonomy_from,
    with_words,
)
from .structure import Structure
from .words import LanguageWords, WordFile, course_text, read_words
from .yaml_lines import Located, read_yaml

MAX_BYTES = 1_000_000
_NOT_CARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")

_PLAIN_NAME = re.compile(r"[\w-]+")
"""What may become part of a path: the schema tells of other keys, and none may lead out of its folder."""


@dataclass(frozen=True, slots=True)
class Library:
    """What courses/ holds. `courses` has only those without an error, each by its key.

    `digests` maps every course folder to its files and their digests (for `translated_from`), and
    `source_lines` (course, source id) to a line of course.yaml. A course whose prerequisite has mistakes is
    sound by itself: who publishes a part of the library must look.
    """

    taxonomy: Taxonomy
    providers: Mapping[str, Provider]
    courses: Mapping[str, Edition]
    findings: tuple[Finding, ...]
    digests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    source_lines: Mapping[tuple[str, str], int] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=Profiles)
    programmes: Programmes = field(default_factory=Programmes)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What must be mended before everything can be published."""
        return tuple(finding for finding in self.findings if finding.is_error)


def load_library(root: Path, *, today: date | None = None) -> Library:
    """Read the whole courses folder, collecting every mistake; never fails for what is in it.

    NotADirectoryError when `root` is no folder. `today` (UTC when None) decides what lies in the future.
    """
    if not root.is_dir():
        raise NotADirectoryError(root)
    return _LibraryReader(root, today or datetime.now(UTC).date()).read()


def load_course(root: Path, folder: Path, *, today: date | None = None) -> Library:
    """As `load_library`, of the one course in `folder`, which may lie elsewhere; all it may name is found in `root`."""
    if not root.is_dir():
        raise NotADirectoryError(root)
    return _LibraryReader(root, today or datetime.now(UTC).date()).read_one(folder)


def older_citations(library: Library, today: date, days: int = 365) -> list[Finding]:
    """A note for each source of a sound course that nobody has looked up for more than `days` days."""
    limit = today - timedelta(days=days)
    notes = [
        Finding(
            f"{key}/course.yaml",
            library.source_lines.get((key, source.id)),
            f'The source "{source.id}" was last looked up on {source.checked_on}; look again.',
            key,
            Severity.NOTE,
        )
        for key, edition in library.courses.items()
        for source in edition.course.sources
        if source.checked_on < limit
    ]
    return sorted(notes, key=lambda finding: finding.sort_key)


class _LibraryReader:
    """Reads the shared files, then each course, then looks across courses."""

    def __init__(self, root: Path, today: date) -> None:
        self.root, self.today = root, today
        self.found: list[Finding] = []

    def read(self) -> Library:
        taxonomy = self._taxonomy()
        providers = self._providers()
        folders = self._course_folders()
        readers = [
            _CourseReader(self.root / name, FindingList(f"{name}/course.yaml", name, self.found))
            for name in folders
        ]
        for reader in readers:
            reader.read(taxonomy, providers, self.today)
        structures = {reader.key: reader.structure for reader in readers if reader.structure}
        checks.check_prerequisites(structures, folders, FindingList("", None, self.found))
        profiles = self._profiles(taxonomy)
        programmes = self._programmes(folders, taxonomy)
        library = self._library(taxonomy or Taxonomy(version=0), providers or {}, readers)
        profile_files.note_untaught(profiles, [each.course for each in library.courses.values()])
        return replace(
            library,
            findings=self._sorted_findings(),
            profiles=Profiles(tuple(profile for profile, _, _ in profiles)),
            programmes=programmes,
        )

    def read_one(self, folder: Path) -> Library:
        taxonomy = self._taxonomy()
        providers = self._providers()
        reader = _CourseReader(folder, FindingList(f"{folder.name}/course.yaml", folder.name, self.found))
        reader.read(taxonomy, providers, self.today)
        self._check_prerequisites_of(reader)
        return self._library(taxonomy or Taxonomy(version=0), providers or {}, [reader])

    def _check_prerequisites_of(self, reader: _CourseReader) -> None:
        """Of this course alone, which may lead back through others; what is wrong with those is not said here."""
        aside: list[Finding] = []
        folders = [name for name in self._folders_beside() if name != reader.key]
        others = {name: self._structure(name) for name in folders}
        structures = {name: each for name, each in others.items() if each is not None}
        if reader.structure:
            structures[reader.key] = reader.structure
        checks.check_prerequisites(structures, [*folders, reader.key], FindingList("", None, aside))
        self.found += (finding for finding in aside if finding.course == reader.key)

    def _folders_beside(self) -> list[str]:
        paths = sorted(self.root.iterdir())
        return [each.name for each in paths if _is_real_folder(each) and each.name != profile_files.FOLDER]

    def _structure(self, name: str) -> Structure | None:
        findings = FindingList(name, name, [])
        text = _read_text(self.root / name / "course.yaml", findings)
        located = None if text is None else read_yaml(text, findings)
        return None if located is None else Structure(name, located)

    def _sorted_findings(self) -> tuple[Finding, ...]:
        return tuple(sorted(self.found, key=lambda finding: finding.sort_key))

    def _library(
        self, taxonomy: Taxonomy, providers: Mapping[str, Provider], readers: list[_CourseReader]
    ) -> Library:
        unsound = {finding.course for finding in self.found if finding.is_error}
        sound = [reader for reader in readers if reader.key not in unsound]
        lines = {
            (r.key, key): line
            for r in readers
            if r.structure
            for key, line in r.structure.source_lines.items()
        }
        return Library(
            taxonomy=taxonomy,
            providers=providers,
            courses={reader.key: reader.edition() for reader in sound},
            findings=self._sorted_findings(),
            digests={reader.key: reader.digests() for reader in readers},
            source_lines=lines,
        )

    def _course_folders(self) -> list[str]:
        """Every folder but one is a course; a link to one is refused, so that nothing outside is read."""
        names = []
        for path in sorted(self.root.iterdir()):
            if path.is_symlink():
                FindingList(path.name, None, self.found).error(
                    None, "Links are not followed; put the file here."
                )
            elif path.is_dir() and not path.name.startswith(".") and path.name != profile_files.FOLDER:
                names.append(path.name)
        return names

    def _taxonomy(self) -> Taxonomy | None:
        located = self._shared("taxonomy.yaml", TAXONOMY)
        if located is None:
            return None
        taxonomy = taxonomy_from(located.data)
        for path in sorted(self.root.glob("taxonomy.*.yaml")):
            taxonomy = self._translated(taxonomy, path.name)
        return taxonomy

    def _translated(self, taxonomy: Taxonomy, name: str) -> Taxonomy:
        """With the words of `taxonomy.<language>.yaml`; without them, and with findings, when it is not sound."""
        located = self._shared(name, TAXONOMY_WORDS)
        if located is None:
            return taxonomy
        before = len(self.found)
        findings = FindingList(name, None, self.found)
        language = name.split(".")[1]
        if not re.fullmatch(LANGUAGE_PATTERN, language):
            findings.error(None, "The part between the dots is a language code, such as fr.")
        check_taxonomy_words(taxonomy, located, findings)
        sound = len(self.found) == before
        return with_words(taxonomy, language, located.data) if sound else taxonomy

    def _providers(self) -> dict[str, Provider] | None:
        located = self._shared("providers.yaml", PROVIDERS)
        return None if located is None else providers_from(located.data)

    def _profiles(self, taxonomy: Taxonomy | None) -> list[tuple[TargetProfile, Located, FindingList]]:
        """The sound profiles, each with where its words stand; a library may have none."""
        folder = self.root / profile_files.FOLDER
        paths = sorted(folder.iterdir()) if _is_real_folder(folder) else []
        found = (self._profile(path, taxonomy) for path in paths if not path.name.startswith("."))
        return [each for each in found if each is not None]

    def _profile(
        self, path: Path, taxonomy: Taxonomy | None
    ) -> tuple[TargetProfile, Located, FindingList] | None:
        name = f"{profile_files.FOLDER}/{path.name}"
        findings = FindingList(name, None, self.found)
        if path.suffix != ".yaml":
            findings.error(None, "A profile is a file <key>.yaml; take this away.")
            return None
        located = self._shared(name, PROFILE)
        if located is None:
            return None
        before = len(self.found)
        profile_files.check_profile(located, key=path.stem, taxonomy=taxonomy, findings=findings)
        sound = len(self.found) == before
        return (profile_files.profile_from(located.data), located, findings) if sound else None

    def _programmes(self, courses: list[str], taxonomy: Taxonomy | None) -> Programmes:
        """The programmes, where the library has any and all of them are sound."""
        name = "programmes.yaml"
        path = self.root / name
        located = self._shared(name, PROGRAMMES) if path.is_file() or path.is_symlink() else None
        if located is None:
            return Programmes()
        before = len(self.found)
        programme_files.check_programmes(
            located, courses=courses, taxonomy=taxonomy, findings=FindingList(name, None, self.found)
        )
        return programme_files.programmes_from(located.data) if len(self.found) == before else Programmes()

    def _shared(self, name: str, schema: dict[str, Any]) -> Located | None:
        """A shared file; None, with findings, when it is not sound."""
        findings = FindingList(name, None, self.found)
        before = len(self.found)
        text = _read_text(self.root / name, findings)
        located = None if text is None else read_yaml(text, findings)
        if located is not None:
            check_schema(located, schema, findings)
            check_shared_keys(located, findings)
        return located if len(self.found) == before else None


class _CourseReader:
    """Reads one course folder."""

    def __init__(self, folder: Path, findings: FindingList) -> None:
        self.folder, self.findings = folder, findings
        self.key = folder.name
        self.structure: Structure | None = None
        self.words: dict[str, LanguageWords] = {}

    def read(self, taxonomy: Taxonomy | None, providers: Mapping[str, Provider] | None, today: date) -> None:
        text = _read_text(self.folder / "course.yaml", self.findings)
        located = None if text is None else read_yaml(text, self.findings)
        if located is None:
            return
        self.structure = Structure(self.key, located)
        check_schema(located, COURSE, self.findings)
        checks.check_structure(self.structure, self.findings, today=today)
        if taxonomy is not None and providers is not None:
            checks.check_tags(self.structure, taxonomy, providers, self.findings)
        self._check_folder(self.structure)
        languages = [each for each in self.structure.languages if _PLAIN_NAME.fullmatch(each)]
        self.words = {each: self._language(each, self.structure) for each in languages}
        self._check_words(self.structure)

    def edition(self) -> Edition:
        """The course as it is published; only for a course without errors."""
        if self.structure is None:
            raise ValueError(f"{self.key} was not read")
        course = decode(Course, self.structure.located.data)
        original = self.words[course.original]
        return Edition(course, {each: course_text(words, original) for each, words in self.words.items()})

    def digests(self) -> dict[str, str]:
        """The digest of each file of words, by its path within the course folder."""
        files = [file for words in self.words.values() for file in words.files]
        return {file.file.removeprefix(f"{self.key}/"): file.digest for file in files}

    def _check_words(self, structure: Structure) -> None:
        original = self.words.get(structure.text("original") or "")
        checks.check_citations(structure, structure.text("original"), self.words.values(), self.findings)
        if original is None:
            return
        checks.check_draws(structure, original, self.findings)
        checks.check_original(original, self.findings)
        for words in self.words.values():
            if words is not original:
                checks.check_translation(original, words, self.findings)

    def _language(self, language: str, structure: Structure) -> LanguageWords:
        folder = self.folder / language
        if not _is_real_folder(folder):
            line = structure.line("languages")
            self.findings.error(line, f'The folder "{language}" is missing, which "languages" names.')
            return LanguageWords(language)
        expected: dict[str, ActivityKind] = structure.activity_kinds
        self._check_extra(folder, {"course.md", *(f"{key}.md" for key in structure.activity_keys)})
        course = self._file(language, "course", None)
        if course is not None:
            checks.check_course_words(structure, course, self.findings.in_file(course.file))
        files = {key: self._file(language, key, kind) for key, kind in expected.items()}
        return LanguageWords(language, course, {key: file for key, file in files.items() if file})

    def _file(self, language: str, name: str, kind: ActivityKind | None) -> WordFile | None:
        findings = self.findings.in_file(f"{self.key}/{language}/{name}.md")
        if not _PLAIN_NAME.fullmatch(name):
            return None
        text = _read_text(self.folder / language / f"{name}.md", findings)
        return None if text is None else read_words(text, kind, findings)

    def _check_folder(self, structure: Structure) -> None:
        self._check_extra(self.folder, {"course.yaml", *structure.languages})

    def _check_extra(self, folder: Path, expected: set[str]) -> None:
        for path in sorted(folder.iterdir()):
            findings = self.findings.in_file(f"{self.key}/{path.relative_to(self.folder).as_posix()}")
            if path.name not in expected and not path.name.startswith("."):
                what = "folder" if path.is_dir() else "file"
                findings.error(None, f"course.yaml names no such {what}; add it there, or take it away.")
            elif path.is_symlink() and path.is_dir():
                findings.error(None, "Links are not followed; put the folder here.")


def _read_text(path: Path, findings: FindingList) -> str | None:
    """A file's text with Unix line ends; None, with a finding, when it is not a plain file of UTF-8 text."""
    try:
        if path.is_symlink():
            findings.error(None, "Links are not followed; put the file here.")
            return None
        if not path.is_file():
            findings.error(None, "The file is missing.")
            return None
        if path.stat().st_size > MAX_BYTES:
            findings.error(None, f"The file is larger than {MAX_BYTES // 1000} kB.")
            return None
        return _decoded(path.read_bytes(), findings)
    except OSError as error:
        findings.error(None, f"The file cannot be read: {error.strerror}.")
        return None


def _decoded(content: bytes, findings: FindingList) -> str | None:
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        findings.error(line, "This is not UTF-8 text; save the file as UTF-8.")
        return None
    for found in _NOT_CARRIED.finditer(text):
        line = text.count("\n", 0, found.start()) + 1
        findings.error(line, "There is a control character here, which cannot be seen; take it out.")
        return None
    return text


def _is_real_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
