"""The library beside the server is read once, and again as soon as anything in it changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lms.catalogue import beside
from tests.catalogue.small_library import spoil, write, write_library


@pytest.mark.parametrize(
    "change",
    [
        lambda root: spoil(root, "first-steps/en/four-papers.md", "A letter", "Another letter"),
        lambda root: spoil(
            root, "first-steps/en/four-papers.md", "A letter", "B letter"
        ),  # as long as before
        lambda root: write(root, "first-steps/en/not-named.md", ""),
        lambda root: (root / "first-steps" / "fr" / "course.md").unlink(),
    ],
)
def test_any_change_is_read(tmp_path: Path, change: Callable[[Path], Any]) -> None:
    root = write_library(tmp_path / "courses")
    before = beside.library_beside(root)
    assert beside.library_beside(root) is before
    change(root)
    assert beside.library_beside(root) != before


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(NotADirectoryError):
        beside.library_beside(tmp_path / "nothing")
