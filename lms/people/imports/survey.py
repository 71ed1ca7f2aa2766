"""A first look through a whole file of people: how long it is, who stands in it twice, who stands in it at all.

What is kept is eight bytes for each way of finding a person, not the rows: 2 MB for 130,000 people.
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from lms.kernel.errors import Fault
from lms.people.domain import email_key
from lms.people.imports.domain import EntityRef, Refused
from lms.people.imports.reading import Record, Table


@dataclass(frozen=True, slots=True)
class Survey:
    """`hashes` stand for everybody in the file, in order; `repeats` has, by line, the line where they stood before."""

    rows: int = 0
    hashes: "array[int]" = field(default_factory=lambda: array("q"))
    repeats: Mapping[int, int] = field(default_factory=dict)

    def check(self, line: int) -> None:
        """Refuse a line whose person stood in the file before."""
        if line in self.repeats:
            sentence = f"The person of line {self.repeats[line]} stands here again; a person has one line."
            raise Refused(Fault("", sentence))

    def holds(self, reference: str, root: str) -> bool:
        """Whether the file has a line for this e-mail or personnel number of an organisation."""
        sought = hash(by_email(reference) if "@" in reference else by_number(reference, root))
        place = bisect_left(self.hashes, sought)
        return place < len(self.hashes) and self.hashes[place] == sought


def by_email(email: str) -> str:
    """The identity an e-mail gives."""
    return f"@{email_key(email)}"


def by_number(number: str, root: str) -> str:
    """The identity a personnel number gives: it is its organisation's own."""
    return f"{root}/{number}"


def survey_people(table: Table, entities: Mapping[str, EntityRef]) -> Survey:
    """Look through the file. Raises `BadTable` where it cannot be read."""
    rows, found = 0, array("q")
    for _, hashes in _people(table, entities):
        rows += 1
        found.extend(hashes)
    found = array("q", sorted(found))
    twice = {one for one, next_one in pairwise(found) if one == next_one}
    return Survey(rows, found, _repeats(table, entities, twice) if twice else {})


def _repeats(table: Table, entities: Mapping[str, EntityRef], twice: Collection[int]) -> dict[int, int]:
    """Read again for those who stand there twice: each later line, with the first."""
    first, repeats = dict[int, int](), dict[int, int]()
    for line, hashes in _people(table, entities):
        again = [each for each in hashes if each in twice]
        earlier = [first[each] for each in again if each in first]
        if earlier:
            repeats[line] = min(earlier)
        for each in again:
            first.setdefault(each, line)
    return repeats


def _people(table: Table, entities: Mapping[str, EntityRef]) -> Iterator[tuple[int, list[int]]]:
    places = {name: place for place, name in enumerate(table.columns)}
    for record in table.records():
        yield record.line, [hash(each) for each in _identities(record, places, entities)]


def _identities(record: Record, places: Mapping[str, int], entities: Mapping[str, EntityRef]) -> list[str]:
    def cell(name: str) -> str:
        place = places.get(name, len(record.cells))
        return " ".join(record.cells[place].split()) if place < len(record.cells) else ""

    found = []
    entity = entities.get(cell("entity"))
    if cell("email"):
        found.append(by_email(cell("email")))
    if cell("personnel_number") and entity is not None:
        found.append(by_number(cell("personnel_number"), entity.root))
    return found
