"""Reading and checking lines without a database: every mistake is named, and nothing that was written is lost."""

import csv
import io
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.people.imports.domain import BadTable, EntityRef, Refused
from lms.people.imports.entities import EntityRow, parents_first
from lms.people.imports.reading import Record, lines_of, open_table
from lms.people.imports.rows import COLUMNS, REQUIRED, PersonRow, check_row
from lms.people.imports.survey import survey_people
from tests.people.import_samples import row, table

ENTITIES = {"uneo-kenya": EntityRef(uuid4(), "uneo-kenya", "/uneo/uneo-kenya/")}


def check(**changes: str) -> PersonRow:
    given_row = row(1, **changes)
    return check_row(Record(2, list(given_row.values())), tuple(given_row), ENTITIES)


def refusal(**changes: str) -> list[tuple[str, str]]:
    with pytest.raises(Refused) as caught:
        check(**changes)
    return [(fault.pointer, fault.detail) for fault in caught.value.faults]


def test_a_sound_line() -> None:
    found = check(until="2026-01-31", languages="en; fr ;en", working_time_percent="50 ", kind="Intern")
    assert (found.from_on, found.affiliation["until"]) == (date(2025, 1, 15), date(2026, 1, 31))
    assert (found.person["languages"], found.affiliation["working_time_percent"]) == (["en", "fr"], 50)
    assert found.affiliation["kind"] == "intern"


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", "A\x07"),
        ("email", "nobody"),
        ("entity", ""),
        ("entity", "uneo-kenia"),
        ("kind", "partner_personnel"),
        ("kind", "employee"),
        ("appointment", "lifelong"),
        ("hardship", "F"),
        ("working_time_percent", "0"),
        ("working_time_percent", "101"),
        ("working_time_percent", "half"),
        ("working_time_percent", "٥٠"),
        ("from", ""),
        ("from", "03/04/2025"),
        ("from", "20250401"),
        ("from", "2025-02-30"),
        ("from", "1900-01-01"),
        ("until", "2025-01-14"),
        ("languages", "english please"),
        ("language", "de"),
        ("background", "Public Health"),
        ("gender", "x"),
        ("target_profile", "Officer"),
        ("modality", "Norms & standards"),
        ("time_zone", "Nairobi"),
        ("first_reporting_officer", "N-1"),
        ("second_reporting_officer", "NADIA.1@people.example"),
    ],
)
def test_a_bad_cell_is_named_once_with_its_column(column: str, cell: str) -> None:
    found = refusal(**{column: cell})
    assert [pointer for pointer, _ in found] == [f"/{column}"]
    assert column in found[0][1]


def test_every_mistake_of_a_line_is_named_at_once() -> None:
    found = refusal(name="", from_="soon", hardship="Z", personnel_number="", email="")
    assert {pointer for pointer, _ in found} == {"/name", "/from", "/hardship", "/personnel_number"}


def test_appointment_is_for_staff() -> None:
    assert check(kind="staff", appointment="continuing").affiliation["appointment"] == "continuing"
    assert refusal(kind="consultant", appointment="continuing")[0][0] == "/appointment"


def test_a_line_of_another_length_is_refused() -> None:
    with pytest.raises(Refused, match="4 cells"):
        check_row(Record(2, ["a", "b", "c", "d"]), ("name", "email", "from"), ENTITIES)


def write(folder: Path, content: str | bytes) -> Path:
    file = folder / "people.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file


def opened(path: Path) -> list[Record]:
    return list(open_table(path, known=COLUMNS, required=REQUIRED).records())


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    content = 'name,email,entity,from\n\n"Two\nlines",a@b.example,uneo,2025-01-01\n,,,\nC,c@b.example,uneo,2025-01-01\n'
    assert [(record.line, record.cells[0]) for record in opened(write(tmp_path, content))] == [
        (3, "Two\nlines"),
        (6, "C"),
    ]


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_marks_and_line_ends(tmp_path: Path, separator: str, mark: str, end: str) -> None:
    content = mark + table(row(1, languages="en;fr"), separator=separator).replace("\n", end)
    [record] = opened(write(tmp_path, content))
    assert record.cells == list(row(1, languages="en;fr").values())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        ("name,email\n".encode("utf-16"), "UTF-16"),
        (b"n\0a\0m\0e\0", "UTF-16"),
        ("name,email,entity,from\nÉlodie\n".encode("latin-1"), "Line 2 is not UTF-8"),
        (b'name,email,entity,from\n"a"b,,,\n', "line that begins at 2"),
        (b'name,email,entity,from\nA,,,\n"never closed\n', "line that begins at 3"),
        (b"name,name,email,entity,from\n", "2 times"),
        (b"name,,email,entity,from\n", "no name"),
        (b"name,entity,from\n", "'personnel_number' or 'email' is missing"),
        (b"name,e-mail,entity,from,email\n", "did you mean 'email'"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, said: str) -> None:
    with pytest.raises(BadTable, match=said):
        opened(write(tmp_path, content))


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)


@given(st.lists(st.lists(CELL, min_size=4, max_size=4), max_size=20), st.sampled_from(",;"))
def test_what_was_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], sep: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=sep)
    writer.writerows([["name", "email", "entity", "from"], *rows])
    found = opened(write(tmp_path_factory.mktemp("csv"), out.getvalue()))
    assert [record.cells for record in found] == [each for each in rows if any(cell.strip() for cell in each)]


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = write(tmp_path_factory.mktemp("csv"), b"name,email,entity,from\n" + content)
    try:
        for record in opened(path):
            check_row(record, ("name", "email", "entity", "from"), ENTITIES)
    except (BadTable, Refused) as error:
        assert str(error)


@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=40)))
def test_a_checked_line_is_sound_or_refused_with_known_columns(cells: dict[str, str]) -> None:
    given_row = row(1) | cells
    try:
        found = check_row(Record(2, list(given_row.values())), tuple(given_row), ENTITIES)
    except Refused as refused:
        assert refused.faults
        assert all(fault.pointer[1:] in given_row for fault in refused.faults)
    else:
        until = found.affiliation.get("until")
        assert until is None or until >= found.from_on
        assert found.person["name"] == " ".join(found.person["name"].split()) != ""
        assert found.number or found.email_key


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=15))
def test_of_the_lines_that_share_a_number_or_an_e_mail_only_the_first_stands(
    tmp_path_factory: pytest.TempPathFactory, people: list[tuple[int, int]]
) -> None:
    lines = [row(1, personnel_number=f"N-{n}", email=f"e{e}@people.example") for n, e in people]
    content = table(row("header"), *lines)
    source = open_table(write(tmp_path_factory.mktemp("csv"), content), known=COLUMNS, required=REQUIRED)
    survey = survey_people(source, ENTITIES)
    numbers, emails, repeated = set(), set(), set()
    for line, (number, email) in enumerate(people, start=3):
        if number in numbers or email in emails:
            repeated.add(line)
        numbers.add(number)
        emails.add(email)
    assert set(survey.repeats) == repeated
    assert survey.rows == len(people) + 1


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.sampled_from("abcdefghxy"), max_size=8))
def test_parents_come_first_and_circles_are_left(parents: dict[str, str | None]) -> None:
    rows = [EntityRow(n, key, {"parent": parent}) for n, (key, parent) in enumerate(parents.items())]
    ordered, left = parents_first(rows, {"x"})
    assert sorted(each.key for each in ordered + left) == sorted(parents)
    there = {None, "x"}
    for each in ordered:
        assert each.values["parent"] in there
        there.add(each.key)
    assert all(each.values["parent"] not in there for each in left)


def test_the_mark_of_order_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    assert next(lines_of(write(tmp_path, "\ufeffname\n"))) == "name\n"
