"""Where each part of a chart stands: lengths in per cent of its width, so that its words keep their size.

`macros/charts.html` draws what is laid out here. In a right-to-left language the whole picture is mirrored.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from lms.kernel.i18n import direction_of, format_number, translator

LINE = 20  # height of a line of words, in pixels
BAR = 14
HEAT_STEPS = 5
_UNITS_A_LINE = 36  # half-widths of a letter that fit the narrowest screen (320 px)
_PER_CENT_A_UNIT = 2.8  # what one of them takes there


@dataclass(frozen=True, slots=True)
class Bar:
    """A row of a bar chart. `shown` replaces the figure ("12 h", "fewer than 5"); None draws no bar.

    `target` is drawn as a mark on the same scale, `then` (what the value is to become) as a light bar behind.
    `href` leads from the table to the lines behind the figure.
    """

    label: str
    value: float | None
    shown: str | None = None
    target: float | None = None
    href: str | None = None
    then: float | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """A column, as a rule a month: label "Nov", and the first of each `group` ("2026") says so beneath."""

    label: str
    value: float | None
    shown: str | None = None
    group: str = ""
    href: str | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a heat map. 0 is marked as empty; None is not known or not shown, and `shown` says which.

    `empty` marks a cell that shows something all the same. `said` is read out in place of what is shown.
    """

    value: float | None
    shown: str | None = None
    href: str | None = None
    said: str | None = None
    empty: bool = False


@dataclass(frozen=True, slots=True)
class BarRow:
    """A bar laid out; x and lengths in per cent, y in pixels."""

    lines: list[str]  # as the narrowest screen shows it
    label: str
    shown: str
    line_ys: list[int]
    bar_y: int
    bar_x: float
    bar_length: float
    figure_x: float
    figure_dx: int
    target_x: float | None
    then_x: float
    then_length: float


@dataclass(frozen=True, slots=True)
class BarLayout:
    """A bar chart laid out. `start_x` is 0, or 100 from right to left."""

    rows: list[BarRow]
    height: int
    start_x: int


@dataclass(frozen=True, slots=True)
class ColumnBox:
    """A column laid out; `minor` words give way where there is no room."""

    label: str
    shown: str
    group: str
    x: float
    length: float
    middle: float
    y: float
    height: float
    minor_label: bool
    minor_figure: bool
    minor_group: bool


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """A column chart laid out, with the line it stands on."""

    columns: list[ColumnBox]
    height: int
    base: int
    has_groups: bool = field(default=False)


def figure(item: Bar | Column, language: str) -> str:
    """What is written for a value, with its target where there is one."""
    if item.shown is not None or item.value is None:
        return item.shown or "–"
    value = format_number(item.value, language)
    target = item.target if isinstance(item, Bar) else None
    if target is None:
        return value
    texts, wanted = translator(language), format_number(target, language)
    if isinstance(item, Bar) and item.then is not None and item.then != item.value:
        then = format_number(item.then, language)
        return texts.gettext("%(value)s, then %(then)s of %(target)s", value=value, then=then, target=wanted)
    return texts.gettext("%(value)s of %(target)s", value=value, target=wanted)


def bar_layout(bars: Sequence[Bar], *, language: str) -> BarLayout:
    """Rows of equal bars at equal distances, each under its own words and with its figure at its end."""
    figures = [figure(bar, language) for bar in bars]
    room = 98 - min(60.0, max((_units(text) for text in figures), default=0) * _PER_CENT_A_UNIT)
    most = max((value or 0 for bar in bars for value in (bar.value, bar.target, bar.then)), default=0)
    tall = max((len(wrap(bar.label, _UNITS_A_LINE)) for bar in bars), default=1)
    space = LINE if tall == 1 else LINE // 2
    mirrored, y, rows = direction_of(language) == "rtl", 0, []
    for bar, text in zip(bars, figures, strict=True):
        row = _bar_row(bar, text, y, tall, room / most if most else 0, mirrored)
        y = row.bar_y + BAR + space
        rows.append(row)
    return BarLayout(rows, max(y - space + 4, 0), 100 if mirrored else 0)


def _bar_row(bar: Bar, text: str, y: int, tall: int, scale: float, mirrored: bool) -> BarRow:
    lines = wrap(bar.label, _UNITS_A_LINE)
    first = y + LINE * (tall - len(lines))
    length, target = _round((bar.value or 0) * scale), bar.target
    then = _round((bar.then or 0) * scale)
    end = max(length, then, (target or 0) * scale)
    return BarRow(
        lines=lines,
        label=bar.label,
        shown=text,
        line_ys=[first + LINE - 5 + LINE * at for at in range(len(lines))],
        bar_y=y + LINE * tall + 2,
        bar_x=_round(100 - length) if mirrored else 0,
        bar_length=length,
        figure_x=_round(100 - end if mirrored else end),
        figure_dx=-8 if mirrored else 8,
        target_x=None if target is None else _across(target * scale, mirrored),
        then_x=_round(100 - then) if mirrored else 0,
        then_length=then,
    )


def column_layout(columns: Sequence[Column], *, language: str, plot: int = 160) -> ColumnLayout:
    """Columns side by side, in reading direction. Where it is narrow, a third of the labels stays."""
    most = max((column.value or 0 for column in columns), default=0)
    scale = plot / most if most else 0
    boxes = [_column_box(columns, at, scale, plot, language) for at in range(len(columns))]
    has_groups = any(column.group for column in columns)
    base = plot + LINE
    return ColumnLayout(boxes, base + LINE * (2 if has_groups else 1) + 4, base, has_groups)


def _column_box(columns: Sequence[Column], at: int, scale: float, plot: int, language: str) -> ColumnBox:
    column, slot = columns[at], 100 / len(columns)
    height = _round((column.value or 0) * scale)
    middle = _across(slot * (at + 0.5), direction_of(language) == "rtl")
    many, starts = len(columns) > 6, _group_starts(columns)
    return ColumnBox(
        label=column.label,
        shown=figure(column, language),
        group=column.group if at in starts else "",
        x=_round(middle - slot * 0.36),
        length=_round(slot * 0.72),
        middle=middle,
        y=plot + LINE - height,
        height=height,
        minor_label=many and at % 3 != starts[-1] % 3,
        minor_figure=many and at not in (_highest(columns), len(columns) - 1),
        minor_group=many and at + 1 in starts,
    )


def _group_starts(columns: Sequence[Column]) -> list[int]:
    groups = [column.group for column in columns]
    return [at for at, group in enumerate(groups) if at == 0 or group != groups[at - 1]]


def _highest(columns: Sequence[Column]) -> int:
    return max(range(len(columns)), key=lambda at: columns[at].value or 0)


def heat_step(value: float | None, most: float) -> int:
    """Which of five shades a value gets, 5 for the most; 0 for none."""
    if not value or most <= 0:
        return 0
    return min(HEAT_STEPS, max(1, -int(-value * HEAT_STEPS // most)))


def wrap(text: str, units: int) -> list[str]:
    """Lines of at most so many units (a Chinese character takes two), broken at spaces or within a word."""
    lines, line = [], ""
    for word in _breakable(text, units):
        joined = f"{line} {word}".strip() if not _wide(word) else line + word
        if line and _units(joined) > units:
            lines.append(line)
            joined = word
        line = joined
    return [*lines, line]


def _breakable(text: str, units: int) -> list[str]:
    pieces = []
    for word in text.split():
        step = 1 if _wide(word) else units
        pieces += [word[at : at + step] for at in range(0, len(word), step)]
    return pieces


def _units(text: str) -> int:
    return sum(2 if _wide(character) else 1 for character in text)


def _wide(text: str) -> bool:
    return any(unicodedata.east_asian_width(character) in "WF" for character in text)


def _across(per_cent: float, mirrored: bool) -> float:
    return _round(100 - per_cent if mirrored else per_cent)


def _round(number: float) -> float:
    return round(number, 2)
