"""Whom the public part of a lesson names, and what refuses its publication.

A host may let itself be named, in one exact text; a partner that hosts nothing here cannot, and no person ever is.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from lms.kernel.errors import Fault
from lms.kernel.i18n import words_in_order


class NameKind(StrEnum):
    """Whose name it is."""

    HOST = "host"
    PARTNER = "partner"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Known:
    """A name that is looked for. `host_id`: the host (a row of `training_hosts`) that may let it stand."""

    kind: NameKind
    name: str
    host_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A name that was found: in which field, in which words, and whether it must be this name.

    A partner called "Target" is not named by every target: one plain word written small is shown, and refuses nothing.
    """

    known: Known
    field: str
    says: str
    is_certain: bool = True


_ASIDE = re.compile(r"[(（\[][^)）\]]*[)）\]]")
# What follows a firm's name in its register and in no one's mouth.
_FORMS = frozenset(
    {"ag", "bhd", "bv", "co", "company", "corp", "corporation", "gmbh", "inc", "incorporated", "kg", "limited",
     "llc", "llp", "ltd", "ltda", "nv", "oao", "ooo", "oy", "plc", "pte", "pty", "sa", "sarl", "sas", "se", "spa",
     "srl"}
)  # fmt: skip
_INITIAL = re.compile(r"\b(\w)\.")
_LEAST = 3  # letters of a part of a person's name that is looked for alone
_AROUND = 4  # words shown on either side


def names_in(texts: Mapping[str, str], known: Iterable[Known]) -> list[Named]:
    """Every name that stands in `texts` (field: words), by field and place; each once a field, a host by one of its.

    Words are compared without case, accents and marks, whatever stands between them.
    """
    looked_for = [(each, tuple(_ways_of(each))) for each in known]
    found: dict[tuple[str, NameKind, object], Named] = {}
    for field, text in texts.items():
        said = _Said.of(text)
        for each, ways in looked_for:
            for one in _found(said, field, each, ways):
                _keep(found, one)
    return list(found.values())


def _keep(found: dict[tuple[str, NameKind, object], Named], one: Named) -> None:
    """The first place counts; a certain one before one that may be a plain word."""
    key = (one.field, one.known.kind, one.known.host_id or one.known.name)
    if key not in found or (one.is_certain and not found[key].is_certain):
        found[key] = one


@dataclass(frozen=True, slots=True)
class _Said:
    """A text as its words, each with the chunk between spaces that it came from."""

    words: tuple[str, ...]
    origin: tuple[int, ...]
    chunks: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "_Said":
        chunks = tuple(text.split())
        pairs = [(word, at) for at, chunk in enumerate(chunks) for word in words_in_order(chunk)]
        return cls(tuple(word for word, _ in pairs), tuple(at for _, at in pairs), chunks)

    def places(self, way: Sequence[str]) -> Iterator[int]:
        """Where these words follow one another."""
        first, length = way[0], len(way)
        for at, word in enumerate(self.words):
            if word == first and self.words[at : at + length] == tuple(way):
                yield at

    def around(self, at: int, length: int) -> str:
        """The place with a few words on either side."""
        start, end = self.origin[at], self.origin[at + length - 1] + 1
        return " ".join(self.chunks[max(0, start - _AROUND) : end + _AROUND])

    def is_written_small(self, at: int) -> bool:
        """Whether the word stands there with a small first letter, in a script that has capitals."""
        letter = next((each for each in self.chunks[self.origin[at]] if each.isalpha()), "")
        return letter.islower()

    def is_written_large(self, at: int) -> bool:
        """Whether it stands there with a capital."""
        letter = next((each for each in self.chunks[self.origin[at]] if each.isalpha()), "")
        return letter.isupper()


@dataclass(frozen=True, slots=True)
class _Way:
    """One way in which a name may be written. `part`: a part of a person's name, which counts only with a capital."""

    words: tuple[str, ...]
    part: bool = False


def _ways_of(known: Known) -> Iterator[_Way]:
    whole = tuple(words_in_order(known.name))
    if whole:
        yield _Way(whole)
    plain = tuple(words_in_order(_INITIAL.sub(r"\1", _ASIDE.sub(" ", known.name))))
    if known.kind is NameKind.PERSON:
        yield from _ways_of_person(known.name, whole)
        return
    while len(plain) > 1 and plain[-1] in _FORMS:
        plain = plain[:-1]
    if plain and plain != whole:
        yield _Way(plain)


def _ways_of_person(name: str, whole: tuple[str, ...]) -> Iterator[_Way]:
    """Family name first, and each part by itself; parts only in scripts whose capitals tell a name from a word."""
    if len(whole) < 2:
        return
    yield _Way((whole[-1], *whole[:-1]))
    if any(each.isupper() for each in name):
        yield from (_Way((each,), part=True) for each in whole if len(each) >= _LEAST)


def _found(said: _Said, field: str, known: Known, ways: Sequence[_Way]) -> Iterator[Named]:
    for way in ways:
        for at in said.places(way.words):
            if way.part and not said.is_written_large(at):
                continue
            one_word = len(way.words) == 1 and known.kind is NameKind.PARTNER
            certain = not (one_word and said.is_written_small(at))
            yield Named(known, field, said.around(at, len(way.words)), certain)


def what_refuses(found: Iterable[Named], approved_by: Collection[UUID]) -> list[Named]:
    """Those names that keep a text from being published, where the hosts `approved_by` approved exactly this text."""
    return [
        each
        for each in found
        if each.is_certain and not (each.known.kind is NameKind.HOST and each.known.host_id in approved_by)
    ]


@dataclass(frozen=True, slots=True)
class Names:
    """Whom a text names, which of them keep it from being published, and the hosts that may let it be."""

    found: list[Named]
    refused: list[Named]
    hosts_to_ask: list[UUID]
    approved_by: set[UUID]

    def faults(self) -> list[Fault]:
        """Each name that stands in the way, and where."""
        return [Fault(f"/{each.field}", f"{each.known.name}: “{each.says}”") for each in self.refused]

    def of_people(self) -> "Names":
        """Only names of people, in the words of the text itself: what is told to whoever typed them."""
        refused = [
            replace(each, known=replace(each.known, name=each.says))
            for each in self.refused
            if each.known.kind is NameKind.PERSON
        ]
        return replace(self, refused=refused)

    def for_partners(self) -> "Names":
        """Without names that a partner does not learn here: of people, and of others in the register."""
        mine = [each for each in self.found if each.known.kind is NameKind.HOST]
        return replace(self, found=mine, refused=[each for each in self.refused if each in mine])


def hosts_to_ask(found: Iterable[Named], approved_by: Collection[UUID]) -> list[UUID]:
    """Hosts that are named and have not approved this text, each once."""
    asked = (each.known.host_id for each in found if each.known.kind is NameKind.HOST)
    return list(dict.fromkeys(each for each in asked if each is not None and each not in approved_by))


def without_twins(known: Iterable[Known]) -> list[Known]:
    """Each name once: where a host's name is also in the register, it is the host's."""
    order = {NameKind.PERSON: 0, NameKind.HOST: 1, NameKind.PARTNER: 2}
    kept: dict[tuple[str, ...], Known] = {}
    for each in sorted(known, key=lambda one: order[one.kind]):
        kept.setdefault(tuple(words_in_order(each.name)), replace(each))
    return list(kept.values())
