"""What may not stand in the tree: registries' hosts, machines' paths, long files, unmarked personal data."""

import re
import subprocess
from pathlib import Path

import pytest

from lms.settings import PROJECT
from lms.tables import metadata

# What identifies a person lies in these columns and in no others; they are what erasure empties.
PERSONAL_COLUMNS = {
    "accounts": {"password_hash"},
    "affiliations": {"personnel_number"},
    "attempts": {"responses"},
    "attendance_notes": {"words"},
    "company_exchange_words": {"learned"},
    "behaviour_answers": {"scores", "words"},
    "evidence": {"words", "link"},
    "extension_words": {"reason", "answer"},
    "focal_point_profiles": {"background", "support_words", "search_words"},
    "idempotency_keys": {"body"},
    "import_results": {"errors", "pending"},
    "invitations": {"email", "email_key", "name"},
    "partner_changes": {"before", "after"},
    "partner_contacts": {"name", "email", "phone"},
    "person_changes": {"before", "after"},
    "persons": {"name", "sort_key", "search_words", "email", "email_key", "gender"},
    "sign_in_throttles": {"email_key"},
    "practice_claims": {"role", "place", "outcome", "indicators", "interest_words"},
    "practice_confirmations": {"email", "name"},
    "practice_files": {"file_name"},
    "learning_request_files": {"file_name"},
    "learning_requests": {"words", "links"},
    "lesson_private_parts": {"words"},
    "lessons": {"draft", "private_part"},
    "reaction_words": {"words"},
    "submissions": {"words", "file_name", "comment"},
}


def _tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [PROJECT / name for name in listed.stdout.splitlines() if (PROJECT / name).is_file()]


def _texts() -> list[tuple[Path, str]]:
    found = []
    for path in _tracked():
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


@pytest.mark.parametrize(
    "pattern",
    [
        "py" + r"pi\.(org|io)",
        "python" + r"hosted\.",
        "npm" + r"js\.",
        "deb" + r"\.debian\.",
        r"(?:^|[\s\"'=(])/(?:work|farm|root)/[A-Za-z.]",
    ],
)
def test_no_file_names_a_registry_or_a_machine(pattern: str) -> None:
    found = [str(path) for path, text in _texts() if re.search(pattern, text, re.M | re.I)]
    assert not found


def test_personal_columns_are_marked_and_listed() -> None:
    marked: dict[str, set[str]] = {}
    for table in metadata.sorted_tables:
        names = {column.name for column in table.columns if column.info.get("personal")}
        if names:
            marked[table.name] = names
    assert marked == PERSONAL_COLUMNS


def test_no_file_of_ours_is_longer_than_it_can_be_read() -> None:
    long = {
        str(path.relative_to(PROJECT)): text.count("\n")
        for path, text in _texts()
        if path.is_relative_to(PROJECT / "lms") and path.suffix == ".py" and text.count("\n") > 400
    }
    assert not long


def test_nobody_but_the_edge_commits() -> None:
    """Services and queries never commit: one request or job is one transaction, committed at the edge."""
    allowed = {"database.py"}
    found = [
        str(path)
        for path, text in _texts()
        if path.is_relative_to(PROJECT / "lms") and path.name not in allowed and "session.commit()" in text
    ]
    assert not found
