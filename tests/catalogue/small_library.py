"""A small sound library in a temporary folder, and ways to spoil it one mistake at a time."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from lms.catalogue.domain import file_digest
from lms.catalogue.loader import Library, load_library

TODAY = date(2026, 11, 23)

TAXONOMY = """\
version: 1
focuses:
  - {key: environment, name: {en: Environment, fr: Environnement}, says: Nature and climate.}
modalities:
  - {key: advocacy, name: {en: Advocacy, fr: Sensibilisation}}
audiences:
  - {key: un-personnel, name: {en: UN personnel}}
levels:
  - {level: 1, key: aware, name: {en: Aware}, says: knows the terms}
  - {level: 2, key: practitioner, name: {en: Practitioner}, says: does the usual task alone}
evidence_ceilings:
  - {source: course, max_level: 1}
  - {source: assessed_work, max_level: 2}
skill_areas:
  - key: legal
    name: {en: Legal, fr: Droit}
    competencies:
      - key: legal-instruments
        name: Choosing and reading agreements
        levels: {1: knows them., 2: drafts them., 3: negotiates them., 4: "keeps them: all."}
"""

PROVIDERS = """\
providers:
  - {key: our-office, name: Our Office, kind: entity}
"""

FIRST = """\
key: first-steps
provider: our-office
original: en
languages: [en, fr]
audiences: [un-personnel]
focuses: [environment]
modalities: [advocacy]
prerequisites: []
teaches:
  - {competency: legal-instruments, level: 1, assessed_level: 2}
validity_months: 36
release:
  change: minor
  note: First edition.
modules:
  - key: papers
    minutes: 11
    activities:
      - {key: four-papers, kind: page, minutes: 3}
      - {key: papers-quiz, kind: quiz, minutes: 8, draw: 4, pass_mark: 75, attempts: {limit: 3, per_hours: 2}}
  - key: final-work
    minutes: 60
    activities:
      - {key: review-a-draft, kind: assignment, required: false, minutes: 60, pass_mark: 60}
sources:
  - {id: sg-2007, symbol: A/62/341, title: Enhanced cooperation, year: 2007, checked_on: 2026-11-23}
  - {id: guidelines, title: "Guidelines: of 2015", year: 2015, checked_on: 2025-01-31}
"""

COURSE = """\
---
title: First steps
summary: What may be signed.
modules:
  papers: Papers
  final-work: "Final work: review a draft"
---
About this course.

## Whom to ask

The legal office [guidelines].
"""

PAGE = """\
---
title: Four papers
---
## A letter

The report says so [sg-2007], paragraph 54.
"""

QUIZ = """\
---
title: Check yourself
---
Six questions.

## who-signs [one_choice]
Who signs?

- [ ] anyone: Anyone who is asked.
  > Being asked gives no authority.
- [x] holder: Whoever holds
  delegated authority.

## what-to-check [several_choices]
Which belong in the file?

> A quotation in the prompt.

- [x] name: The name of the signatory.
  > Right.
- [ ] plan: The advertising plan.
  > It is theirs.
- [x] answer: The answer on each clause.
- [ ] photo: A photograph.
  > Nobody needs it.

## order-of-steps [ordering]
Put the steps in order.

1. screen: The partner is screened.
2. draft: A draft is made.
3. clear: It is cleared.
> Screening comes first.

## which-instrument [matching]
Match each paper.

- letter: Letter of intent = says: States a hope
- mou: Memorandum = frames: Frames cooperation
> Ask what moves.

## cost-recovery [number]
What is 8 per cent of 80,000?

= 6400 +- 1
> 8 per cent of 80,000 is 6,400.

## the-deadline [scenario]
A call comes.

### evening
The assistant calls.

- [ ] sign: You sign.
  > It binds you.
- [~] stall: You promise an answer.
  > Bearable.
- [x] explain: You explain.
  > Best.

### morning
The director calls.

- [x] meet: You meet.
- [ ] hide: You hide.
  > He finds you.
"""

ASSIGNMENT = """\
---
title: Review a draft
---
Hand in one page.

## Form

A file.

## instrument-chosen [criterion]
Chooses the instrument.

- 0: None.
- 1: The right one.
- 2: The right one,
  with its reason.

## clauses-marked [criterion]
Marks the clauses.

- 0: None.
- 1: All.
"""

NEXT = """\
key: next-steps
provider: our-office
original: en
languages: [en]
audiences: [un-personnel]
focuses: []
modalities: []
prerequisites: [first-steps]
teaches:
  - {competency: legal-instruments, level: 1}
release: {change: material, note: The rules changed., renew_by: 2027-12-31}
modules:
  - key: only
    minutes: 2
    activities:
      - {key: the-scene, kind: page, minutes: 1}
      - {key: check, kind: quiz, minutes: 1, pass_mark: 50, time_limit_minutes: 5}
sources: []
"""

NEXT_COURSE = """\
---
title: Next steps
summary: More.
modules: {only: The only module}
---
About.
"""

NEXT_PAGE = """\
---
title: 2030
---
A scene.
"""

NEXT_QUIZ = """\
---
title: Check
---
## yes-or-no [one_choice]
Yes?

- [x] affirm: Yes.
- [ ] deny: No.
  > Yes it is.
"""

FRENCH = {
    "course.md": COURSE.replace("First steps", "Premiers pas").replace("About this course", "À propos"),
    "four-papers.md": PAGE.replace("Four papers", "Quatre papiers").replace("A letter", "Une lettre"),
    "papers-quiz.md": QUIZ.replace("Who signs?", "Qui signe ?").replace("Being asked", "Être sollicité"),
    "review-a-draft.md": ASSIGNMENT.replace("None.", "Aucun."),
}
ENGLISH = {
    "course.md": COURSE,
    "four-papers.md": PAGE,
    "papers-quiz.md": QUIZ,
    "review-a-draft.md": ASSIGNMENT,
}


def write_library(root: Path) -> Path:
    """Write the sound library into an empty folder and return it."""
    files = {"taxonomy.yaml": TAXONOMY, "providers.yaml": PROVIDERS, "README.md": "How to write a course."}
    files |= {"first-steps/course.yaml": FIRST, "next-steps/course.yaml": NEXT}
    files |= {f"first-steps/en/{name}": text for name, text in ENGLISH.items()}
    files |= {f"first-steps/fr/{name}": translated(name, text) for name, text in FRENCH.items()}
    files |= {
        "next-steps/en/course.md": NEXT_COURSE,
        "next-steps/en/the-scene.md": NEXT_PAGE,
        "next-steps/en/check.md": NEXT_QUIZ,
    }
    for name, text in files.items():
        write(root, name, text)
    return root


def translated(name: str, text: str) -> str:
    """A translation that says which original it was made from."""
    digest = file_digest(ENGLISH[name])[:12]
    return text.replace("---\n", f"---\ntranslated_from: {digest}\n", 1)


def write(root: Path, name: str, text: str) -> None:
    """Write one file, making its folders."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def spoil(root: Path, name: str, old: str, new: str) -> None:
    """Replace a text that must stand in the file."""
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{name} does not hold {old!r}"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def load(root: Path) -> Library:
    """Load as of the day the fixtures were written for."""
    return load_library(root, today=TODAY)


def line_of(root: Path, name: str, snippet: str) -> int:
    """The line, from 1, on which a text first stands."""
    lines = (root / name).read_text(encoding="utf-8").split("\n")
    return next(number for number, text in enumerate(lines, 1) if snippet in text)
