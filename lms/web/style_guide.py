"""What the style guide shows: one of everything, with words and figures that could be real."""

from __future__ import annotations

from datetime import date
from typing import Any

from .charts import Bar, Cell, Column


def style_guide_context() -> dict[str, Any]:
    """The context of `style_guide.html`; nothing in it comes from a database."""
    return {
        "columns": _COLUMNS,
        "rows": _ROWS,
        "skill_bars": _SKILL_BARS,
        "month_columns": _MONTH_COLUMNS,
        "heat_labels": _SKILL_AREAS,
        "heat_rows": _HEAT_ROWS,
        "steps": _STEPS,
        "courses": _COURSES,
        "modules": _MODULES,
        "values": {"title": "Letter of intent with a logistics company", "reply": ""},
        "errors": {
            "reply": "Say what you would answer.",
            "signed_on": "Give the day on which it was signed.",
        },
        "a_day": date(2026, 11, 23),
        "renew_by": date(2027, 5, 3),
    }


_SKILL_AREAS = [
    "Strategy",
    "Law",
    "Finance",
    "Business planning",
    "Monitoring and evaluation",
    "Facilitation",
]

_COLUMNS = [
    {"key": "entity", "label": "Entity", "sort": "entity"},
    {"key": "people", "label": "People", "kind": "number", "sort": "people"},
    {"key": "completed", "label": "Completed", "kind": "number", "sort": "completed"},
    {"key": "hours", "label": "Hours", "kind": "number", "help": "of study in the period"},
    {"key": "renewal", "label": "To be renewed", "kind": "number"},
]

_ROWS: list[dict[str, Any]] = [
    {
        "entity": {"text": "Office for Environment Cooperation", "href": "#tables"},
        "people": 1240,
        "completed": {"text": 312, "href": "#tables"},
        "hours": 2096,
        "renewal": 14,
    },
    {
        "entity": {"text": "Regional Centre for Relief", "href": "#tables"},
        "people": 86,
        "completed": {"text": 41, "href": "#tables"},
        "hours": 305,
        "renewal": 0,
    },
    {
        "entity": {"text": "Peace Support Mission", "href": "#tables", "why": "joined on 3 March 2026"},
        "people": 417,
        "completed": {"text": 9, "href": "#tables"},
        "hours": 62,
        "renewal": None,
    },
]

_SKILL_BARS = [
    Bar("Facilitation and working across cultures", 38, target=30),
    Bar("Strategy and fit", 24, target=30),
    Bar("Law", 11, target=25),
    Bar("Finance", 8, target=20),
    Bar("Monitoring and evaluation", 0, target=20),
]

_MONTH_COLUMNS = [
    Column(label, value, group=year)
    for label, value, year in zip(
        ("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"),
        (12, 18, 25, 31, 22, 40, 37, 19, 8, 44, 52, 47),
        ("2025", *("2026",) * 11),
        strict=True,
    )
]

_HEAT_ROWS = [
    ("Poverty reduction", [Cell(value) for value in (12, 4, 6, 9, 3, 22)]),
    ("Environmental sustainability", [Cell(value) for value in (18, 2, 0, 5, 0, 31)]),
    ("Humanitarian relief", [Cell(9), Cell(None, shown="under 5"), Cell(1), Cell(0), Cell(0), Cell(17)]),
    ("Peace and security", [Cell(value) for value in (6, 0, 0, 0, 0, 14)]),
]

_STEPS: list[dict[str, Any]] = [
    {
        "title": "Partnership essentials",
        "href": "#steps",
        "minutes": 75,
        "state": {"state": "completed", "on": date(2026, 9, 14)},
    },
    {
        "title": "Indicators and baselines",
        "href": "#steps",
        "minutes": 80,
        "state": {"state": "in_progress", "minutes": 35},
        "current": True,
        "reason": "Your entity works on the environment and your profile asks for it.",
        "lines": [
            ("Your profile asks for", "level 2"),
            ("You stand at", "level 0"),
            ("This course gives", "level 1"),
        ],
    },
    {
        "title": "Legal foundations",
        "href": "#steps",
        "minutes": 90,
        "state": {"state": "not_started"},
        "reason": "It comes before Agreements that work, which your profile asks for.",
    },
]

_COURSES: list[dict[str, Any]] = [
    {
        "title": "Legal foundations",
        "href": "#courses",
        "summary": "Tell a letter from an agreement, know who may sign, and when to call the legal office.",
        "minutes": 150,
        "modules": 5,
    },
    {
        "title": "Due diligence and screening",
        "href": "#courses",
        "summary": "Look for partners instead of waiting, screen them fairly, and decide on the record.",
        "minutes": 95,
        "modules": 4,
    },
]

_MODULES: list[dict[str, Any]] = [
    {
        "title": "1. What may be signed",
        "activities": [
            {"title": "A letter on the table", "href": "#player", "state": "completed", "minutes": 3},
            {"title": "Check yourself", "href": "#player", "state": "completed", "minutes": 5},
        ],
    },
    {
        "title": "2. Privileges and immunities",
        "open": True,
        "activities": [
            {"title": "The bailiff at the gate", "href": "#player", "state": "completed", "minutes": 4},
            {
                "title": "In plain words",
                "href": "#player",
                "state": "in_progress",
                "minutes": 9,
                "current": True,
            },
            {"title": "Check yourself", "href": "#player", "state": "not_started", "minutes": 5},
        ],
    },
]
