"""The mistakes a course writer can make, one a line: what is spoilt, what is said, and where."""

from __future__ import annotations

from dataclasses import dataclass

from lms.catalogue.domain import Severity

from . import small_library

FIRST = "first-steps/course.yaml"
COURSE = "first-steps/en/course.md"
PAGE = "first-steps/en/four-papers.md"
QUIZ = "first-steps/en/papers-quiz.md"
WORK = "first-steps/en/review-a-draft.md"
NEXT = "next-steps/course.yaml"
CHECK = "next-steps/en/check.md"

STEPS = small_library.QUIZ[small_library.QUIZ.index("### evening") :]
ITEMS = "1. screen: The partner is screened.\n2. draft: A draft is made.\n3. clear"


@dataclass(frozen=True)
class Mistake:
    """Spoil `file`; expect one finding with `says`, in `where` (else `file`) on the line that holds `at`."""

    name: str
    file: str
    old: str
    new: str
    says: str
    at: str | None
    where: str = ""
    severity: Severity = Severity.ERROR


def m(name: str, file: str, old: str, new: str, says: str, at: str | None, where: str = "") -> Mistake:
    """An error."""
    return Mistake(name, file, old, new, says, at, where)


def note(name: str, file: str, old: str, new: str, says: str, at: str) -> Mistake:
    """A remark."""
    return Mistake(name, file, old, new, says, at, "", Severity.NOTE)


STRUCTURE = [
    m(
        "YAML does not parse",
        FIRST,
        "note: First edition.",
        "note: First: edition.",
        "double quotes",
        "First:",
    ),
    m("tabs", FIRST, "  change: minor", "\tchange: minor", "not tabs", "\tchange"),
    m(
        "unknown field",
        FIRST,
        "focuses: [env",
        "focuses: []\nfocusses: [env",
        'Did you mean "focuses"?',
        "focusses",
    ),
    m("missing field", FIRST, "provider: our-office\n", "", '"provider" is missing', "key: first"),
    m("duplicate field", FIRST, "original: en", "original: en\noriginal: fr", "given twice", "original: fr"),
    m("wrong type", FIRST, "minutes: 3", "minutes: 2.5", "must be a whole number", "2.5"),
    m("yes is not true", FIRST, "required: false", "required: no", "must be true or false", "required: no"),
    m("empty field", FIRST, "note: First edition.", "note:", '"note" is empty', "note:"),
    m("tag", FIRST, "note: First", "note: !!python/name:os.system First", "Tags", "note:"),
    m("escape of a control character", FIRST, "First edition.", r'"a\0b"', "control character", "note:"),
    m("unknown focus", FIRST, "[environment]", "[enviroment]", 'Did you mean "environment"?', "[enviroment]"),
    m("unknown modality", FIRST, "[advocacy]", "[markets]", 'no modality "markets"', "[markets]"),
    m("unknown audience", FIRST, "[un-personnel]", "[un-staff]", 'no audience "un-staff"', "[un-staff]"),
    m("unknown provider", FIRST, "our-office", "your-office", "providers.yaml has no", "your-office"),
    m(
        "unknown competency",
        FIRST,
        "legal-instruments",
        "legal-instrument",
        "Did you mean",
        "legal-instrument",
    ),
    m("level too high", FIRST, "level: 1", "level: 2", "supports 1 at most", "level: 2"),
    m("assessed level too high", FIRST, "assessed_level: 2", "assessed_level: 3", "supports 2", "level: 3"),
    m("level out of range", NEXT, "level: 1", "level: 0", "at least 1", "level: 0"),
    m(
        "competency twice",
        FIRST,
        "teaches:",
        "teaches:\n  - {competency: legal-instruments, level: 1}",
        "already stands",
        "assessed_level",
    ),
    m(
        "nothing assessed",
        NEXT,
        "level: 1}",
        "level: 1, assessed_level: 2}",
        "rests on an assignment",
        "level: 2",
    ),
    m("no required quiz", NEXT, "kind: quiz,", "kind: quiz, required: false,", "rest on quizzes", "teaches"),
    m("wrong folder name", NEXT, "key: next-steps", "key: next-step", "must agree", "key: next-step"),
    m("minutes do not add up", FIRST, "minutes: 11", "minutes: 12", "take 11 together", "minutes: 12"),
    m("no pass mark", FIRST, ", pass_mark: 60", "", '"pass_mark" is missing', "review-a-draft"),
    m("pass mark 0", FIRST, "pass_mark: 75", "pass_mark: 0", "at least 1", "pass_mark: 0"),
    m("pass mark above 100", FIRST, "pass_mark: 75", "pass_mark: 101", "at most 100", "pass_mark: 101"),
    m(
        "page with pass mark",
        FIRST,
        "minutes: 3}",
        "minutes: 3, pass_mark: 5}",
        "quizzes and assi",
        "minutes: 3,",
    ),
    m(
        "assignment that draws",
        FIRST,
        "pass_mark: 60",
        "pass_mark: 60, draw: 1",
        "quizzes only",
        "pass_mark: 60",
    ),
    m("unknown kind", NEXT, "kind: page", "kind: pages", 'Did you mean "page"?', "kind: pages"),
    m("attempts without limit", FIRST, "limit: 3, per", "per", '"limit" is missing', "attempts"),
    m("language twice", FIRST, "[en, fr]", "[en, fr, fr]", "same thing twice", "languages"),
    m("material without day", NEXT, ", renew_by: 2027-12-31", "", '"renew_by" is missing', "release"),
    m("day without material", NEXT, "material", "minor", "a material change only", "renew_by"),
    m("no such day", NEXT, "2027-12-31", "2027-02-30", "a day written as", "2027-02-30"),
    m("checked in the future", FIRST, "2026-11-23", "2026-11-24", "has not come yet", "2026-11-24"),
    m(
        "source twice",
        FIRST,
        "sources:",
        "sources:\n  - {id: sg-2007, title: T, year: 2007, checked_on: 2026-01-01}",
        'source "sg-2007" already',
        "A/62/341",
    ),
    m("requires itself", NEXT, "[first-steps]", "[next-steps]", "require itself", "[next-steps]"),
    m(
        "unknown prerequisite",
        NEXT,
        "[first-steps]",
        "[first-step]",
        'Did you mean "first-steps"?',
        "[first-step]",
    ),
    m("draw larger than bank", FIRST, "draw: 4", "draw: 7", "holds 6", "draw: 7"),
]

WORDS = [
    m("source never cited", PAGE, "[sg-2007]", "", "No text cites", "id: sg-2007", FIRST),
    m("no front matter", PAGE, "---\ntitle: Four papers\n---\n", "", 'line "---"', "## A letter"),
    m("front matter never ends", PAGE, "papers\n---", "papers\n", 'line "---"', "---"),
    m(
        "front matter does not parse",
        PAGE,
        "title: Four papers",
        "title: Four: papers",
        "double quotes",
        "title",
    ),
    m("missing title", COURSE, "title: First steps\n", "", '"title" is missing', "summary"),
    m("unknown front matter", PAGE, "title: Four", "titel: x\ntitle: Four", 'Did you mean "title"?', "titel"),
    m(
        "unknown module",
        COURSE,
        "  papers: P",
        "  paper: x\n  papers: P",
        'Did you mean "papers"?',
        "paper: x",
    ),
    m("missing module title", COURSE, "  papers: Papers\n", "", 'module "papers" is missing', "modules:"),
    m("no text", "next-steps/en/the-scene.md", "A scene.\n", "", "no text below", None),
    m("raw HTML block", PAGE, "The report", "<div>\n\nThe report", "HTML is not used", "<div>"),
    m("raw HTML in a line", PAGE, "says so", "says\n<b>so</b>", "HTML is not used", "<b>"),
    m("HTML in an answer", QUIZ, "Right.", "Right<br>.", "HTML is not used", "<br>"),
    m("HTML comment", PAGE, "## A letter", "## A letter\n\n<!-- todo -->", "HTML is not used", "<!--"),
    m("picture", PAGE, "says so", "says ![so](x.png)", "Pictures", "![so]"),
    m("no lesson", PAGE, "says so", "says [so](/lessons/Read_it)", "no lesson's address", "/lessons/Read_it"),
    m(
        "a lesson's key",
        PAGE,
        "says so",
        "says [so](lesson:read-it)",
        "no lesson's address",
        "lesson:read-it",
    ),
    m("heading too high", PAGE, "## A letter", "# A letter", 'begin at "##"', "# A letter"),
    m(
        "cited, not listed",
        PAGE,
        "so [sg-2007]",
        "so [sg-2007] [sg-2008]",
        'Did you mean "sg-2007"?',
        "sg-2008",
    ),
    m("cited in feedback", QUIZ, "Right.", "Right [nowhere].", r"write \[nowhere]", "[nowhere]"),
    m(
        "paragraph in the brackets",
        PAGE,
        "so [sg-2007]",
        "so [sg-2007] [sg-2007, 5]",
        "Only the id",
        "2007, 5",
    ),
]

QUIZZES = [
    m("no question", CHECK, "## yes-or-no [one_choice]", "Yes", "at least one question", "Yes"),
    m(
        "no right answer",
        QUIZ,
        "[x] holder: Whoever holds\n  delegated authority.",
        "[ ] holder: It.\n > No.",
        "no right answer",
        "## who-signs",
    ),
    m("two right answers", QUIZ, "[ ] anyone", "[x] anyone", "2 right answers", "## who-signs"),
    m(
        "several, none right",
        CHECK,
        "[one_choice]\nYes?\n\n- [x] affirm: Yes.",
        "[several_choices]\nYes?\n\n- [ ] affirm: Yes.\n  > No.",
        "no right answer",
        "## yes-or-no",
    ),
    m("repeated option id", QUIZ, "[ ] plan:", "[ ] name:", 'id "name" was already', "name: The adv"),
    m(
        "repeated question id",
        QUIZ,
        "## cost-recovery",
        "## who-signs",
        'id "who-signs" was already',
        "[number]",
    ),
    m(
        "unknown kind of question",
        QUIZ,
        "[one_choice]",
        "[one-choice]",
        'Did you mean "one_choice"?',
        "## who",
    ),
    m("no kind", QUIZ, "## who-signs [one_choice]", "## who-signs", "id and its kind", "## who-signs"),
    m("indented heading", CHECK, "## yes", " ## yes", "no indent", "## yes"),
    m("bad question id", CHECK, "## yes-or-no", "## YesOrNo", "joined by hyphens", "## YesOrNo"),
    m(
        "no options",
        CHECK,
        "- [x] affirm: Yes.\n- [ ] deny: No.\n  > Yes it is.\n",
        "",
        "no choices",
        "## yes",
    ),
    m("one option", CHECK, "- [ ] deny: No.\n  > Yes it is.\n", "", "at least two", "## yes"),
    m("no feedback", QUIZ, "  > Being asked gives no authority.\n", "", "has no feedback", "[ ] anyone"),
    m("no feedback on half", QUIZ, "  > Bearable.\n", "", "has no feedback", "[~] stall"),
    m("no id of an option", QUIZ, "[ ] anyone: Any", "[ ] Any", 'written "- [ ] its-id', "[ ] Any"),
    m("bad id of an option", QUIZ, "[ ] anyone:", "[ ] Anyone:", "joined by hyphens", "[ ] Anyone"),
    m("unknown mark", QUIZ, "[x] holder", "[X] holder", "mark [X]", "[X] holder"),
    m("half outside a scenario", QUIZ, "[ ] plan", "[~] plan", "in scenarios only", "[~] plan"),
    m("same words twice", QUIZ, "A photograph.", "The advertising plan.", "same words", "## what-to-check"),
    m("no prompt", CHECK, "Yes?\n", "", "what is asked", "## yes"),
    m("a stray line", QUIZ, "## what-to-check", "Stray.\n\n## what-to-check", "is none of them", "Stray."),
    m("answer without mark", QUIZ, "- [ ] photo: A", "- photo: A", "is its mark", "- photo"),
    m("answer cut off", QUIZ, "- [x] answer: The", "- [x answer: The", "is its mark", "- [x answer"),
    m("item without number", QUIZ, "3. clear", "- clear", "is its mark", "- clear"),
    m("scenario without step", QUIZ, STEPS, "", "has no step", "## the-deadline"),
    m("step without best", QUIZ, "[x] explain", "[~] explain", "earns everything", "### evening"),
    m("repeated step id", QUIZ, "### morning", "### evening", 'id "evening" was already', None),
    m("ordering out of count", QUIZ, "3. clear", "4. clear", "4 stands where 3 belongs", "4. clear"),
    m("ordering without id", QUIZ, "3. clear: It", "3. It", 'written "1. its-id', "3. It"),
    m("repeated item", QUIZ, "3. clear", "3. draft", 'id "draft" was already', "3. draft"),
    m(
        "nothing to order",
        QUIZ,
        ITEMS + ": It is cleared.\n> Screening comes first.",
        "",
        "has no answer",
        "## order",
    ),
    m("repeated left id", QUIZ, "- mou:", "- letter:", 'left id "letter" is given twice', "letter: Memo"),
    m("repeated right id", QUIZ, "frames: F", "says: F", 'right id "says" is given twice', "Memorandum"),
    m(
        "half a pair",
        QUIZ,
        "Memorandum = frames: Frames cooperation",
        "Memorandum",
        "A pair is written",
        "mou",
    ),
    m("number with comma", QUIZ, "= 6400", "= 6,400", "no commas", "= 6,400"),
    m("two numbers", QUIZ, "= 6400 +- 1", "= 6400 +- 1\n= 6401", "two answers", "= 6401"),
    m("no number", QUIZ, "= 6400 +- 1\n", "", "has no answer", "## cost-recovery"),
    note("no help", QUIZ, "> Ask what moves.\n", "", "no feedback for someone", "## which-instrument"),
    note("order told", QUIZ, ITEMS, "1. a: S.\n2. b: D.\n3. c", "tell", "## order"),
    note("pair told", QUIZ, "= says:", "= letter:", "tells the answer", "- letter"),
]

RUBRICS = [
    m("gap", WORK, "- 2: The right", "- 3: The right", "3 stands where 2 belongs", "- 3:"),
    m(
        "one level",
        WORK,
        "- 0: None.\n- 1: All.\n",
        "- 0: None.\n",
        "at least two levels",
        "## clauses-marked",
    ),
    m("level without text", WORK, "- 1: All.", "- 1:", "A level of a rubric", None),
    m("no brief", WORK, "Hand in one page.\n\n## Form\n\nA file.\n\n", "", "brief is missing", "## instr"),
    m(
        "no kind of heading",
        WORK,
        "## clauses-marked [criterion]",
        "## clauses",
        "A heading in a rubric",
        "## cl",
    ),
    m("first without kind", WORK, "## Form", "## the-form", '"## the-form [criterion]"', "## the-form"),
    m("criterion twice", WORK, "## clauses-marked", "## instrument-chosen", "already given", None),
    m("feedback in a rubric", WORK, "- 1: All.", "- 1: All.\n> No.", "has no feedback", "- 1: All."),
]

ASTRAY = [
    m(
        "alias",
        NEXT,
        "focuses: []\nmodalities: []",
        "focuses: &a []\nmodalities: *a",
        "Anchors",
        "modalities",
    ),
    m("bad key form", NEXT, "{key: the-scene", "{key: The_scene", "joined by hyphens", "The_scene"),
    m("reserved key", NEXT, "{key: the-scene", "{key: course", 'cannot be called "course"', "key: course"),
    m("activity key twice", FIRST, "minutes: 11", "minutes: 12", "already stands", "minutes: 1}"),
    m("module key twice", FIRST, "key: final-work", "key: papers", 'module "papers" already', "key: papers"),
    m("original not listed", NEXT, "original: en", "original: fr", "does not list", "original: fr"),
    m("bad language", NEXT, "[en]", "[en, English]", "language code", "English"),
]
"""Mistakes that leave something else astray, so that more than one thing is told."""
