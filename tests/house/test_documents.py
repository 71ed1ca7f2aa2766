"""The documents may not lag: every setting, command, event, problem and report stands in its guide."""

from pathlib import Path

import pytest
import typer
from fastapi import FastAPI

from lms.cli import app as command_line
from lms.kernel.errors import DomainError
from lms.kernel.events import Event
from lms.settings import PROJECT, Settings

DOCS = PROJECT / "docs"


def _text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def _subclasses(kind: type) -> list[type]:
    return [each for sub in kind.__subclasses__() for each in (sub, *_subclasses(sub))]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_every_setting_is_in_the_operations_guide(name: str) -> None:
    assert f"`LMS_{name.upper()}`" in _text("operations.md")


def _commands(group: typer.Typer, prefix: str = "lms") -> list[str]:
    names = []
    for each in group.registered_commands:
        name = each.name or (each.callback.__name__ if each.callback else "")
        names.append(f"{prefix} {name.replace('_', '-')}")
    for sub in group.registered_groups:
        assert sub.typer_instance is not None
        names += _commands(sub.typer_instance, f"{prefix} {sub.name}")
    return names


@pytest.mark.parametrize("command", _commands(command_line))
def test_every_command_is_in_the_operations_guide(command: str) -> None:
    assert f"`{command}" in _text("operations.md")


def test_every_event_is_in_the_api_guide() -> None:
    guide = _text("api.md")
    said = {each.type: guide.count(f"| `{each.type}` |") for each in _subclasses(Event)}
    assert set(said.values()) == {1}, said


def test_every_report_is_in_the_hr_guide(app: FastAPI) -> None:
    paths = [path for path in app.openapi()["paths"] if path.startswith("/api/v1/reports/")]
    assert paths
    missing = [path for path in paths if path not in _text("hr.md")]
    assert not missing


def test_problem_types_are_said_once() -> None:
    types = [each.type for each in _subclasses(DomainError)]
    assert len(types) == len(set(types))


@pytest.mark.parametrize("guide", sorted(path.name for path in DOCS.glob("*.md")) or ["missing"])
def test_links_between_documents_lead_somewhere(guide: str) -> None:
    import re

    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", _text(guide)):
        assert (DOCS / target).exists(), f"{guide} links to {target}"


def test_the_readme_says_the_two_commands_first() -> None:
    readme = (Path(PROJECT) / "README.md").read_text(encoding="utf-8")
    assert readme.index("make run") < readme.index("make test") < 1500
