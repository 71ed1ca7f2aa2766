"""Days, moments, durations and numbers as a reader of each language expects them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, dates, lists, numbers, units
from babel.core import get_global

from .languages import LANGUAGES
from .translator import translator

UTC = "UTC"
_HIDDEN_SPACE = "\u00a0"
# babel 2.18 lets a locale whose stand-alone month names are an alias leak them into all others in the process
# (python-babel/babel#1263), so no pattern here may hold L, but for Russian, which has names of its own there.
_MONTH_AND_YEAR = {
    "ar": "MMMM y", "zh": "y年M月", "en": "MMMM y", "fr": "MMMM y", "ru": "LLLL y 'г'.", "es": "MMMM 'de' y",
}  # fmt: skip


def format_day(day: date, language: str, *, short: bool = False) -> str:
    """A day: "23 November 2026", short "23 Nov 2026". For a moment: `format_moment`."""
    if isinstance(day, datetime):
        raise TypeError("a moment is a day only in some zone: use format_moment")
    if short and language == "ar":  # its short form is all digits, which reads both ways
        short = False
    return dates.format_date(day, "medium" if short else "long", locale=_locale(language))


def format_day_of_year(day: str, language: str) -> str:
    """A day of each year, given as "12-31": "December 31"."""
    month, number = (int(part) for part in day.split("-"))
    return dates.format_skeleton("MMMMd", date(2000, month, number), locale=_locale(language))


def format_time(moment: datetime, language: str, zone: str = UTC) -> str:
    """The time of day in a zone, on the 24-hour clock: "14:30"."""
    return dates.format_time(_aware(moment), "HH:mm", tzinfo=_zone(zone), locale=_locale(language))


def format_moment(moment: datetime, language: str, zone: str = UTC) -> str:
    """An aware moment in the reader's IANA zone, which is named: "23 November 2026, 14:30 (Nairobi time)".

    An unknown zone falls back to UTC, and says so.
    """
    local = _aware(moment).astimezone(_zone(zone))
    texts = translator(language)
    day, time = format_day(local.date(), language), format_time(moment, language, zone)
    if _zone(zone).key == UTC:
        return texts.gettext("%(day)s, %(time)s (UTC)", day=day, time=time)
    return texts.gettext(
        "%(day)s, %(time)s (%(city)s time)", day=day, time=time, city=city_of(zone, language)
    )


def city_of(zone: str, language: str) -> str:
    """The city that names a zone, in the reader's language: "Nairobi", "内罗毕"."""
    known = _zone(zone)
    cities = Locale.parse(_locale(language)).time_zones
    # CLDR keeps a city under the first name its zone ever had: Kyiv under Europe/Kiev.
    for name in (known.key, *_other_names().get(known.key, ())):
        if "city" in cities.get(name, ()):
            return str(cities[name]["city"])
    place = dates.get_timezone_location(known, locale=_locale(language), return_city=True)
    return place.rpartition("/")[2]


@cache
def _other_names() -> dict[str, list[str]]:
    """Older names of each zone."""
    names: dict[str, list[str]] = {}
    for older, zone in get_global("zone_aliases").items():
        names.setdefault(zone, []).append(older)
    return names


def format_month(month: date, language: str, *, short: bool = False) -> str:
    """The month a day lies in: "November 2026"; short, for the axis of a chart, "Nov"."""
    pattern = "MMM" if short else _MONTH_AND_YEAR[language]
    return dates.format_date(month, pattern, locale=_locale(language))


def weekday_names(language: str) -> list[str]:
    """The days of the week from Monday on."""
    names = dates.get_day_names("wide", locale=_locale(language))
    return [names[number] for number in range(7)]


def format_minutes(minutes: int, language: str) -> str:
    """A duration in whole minutes: "45 min", "2 h", "2 h 30 min"."""
    texts = translator(language)
    hours, rest = divmod(minutes, 60)
    if not hours:
        text = texts.gettext("%(minutes)s min", minutes=rest)
    elif not rest:
        text = texts.gettext("%(hours)s h", hours=format_number(hours, language))
    else:
        text = texts.gettext(
            "%(hours)s h %(minutes)s min", hours=format_number(hours, language), minutes=rest
        )
    return text.replace(" ", _HIDDEN_SPACE)


def time_left(due_on: date, today: date, language: str) -> str:
    """How far off a day is: "3 days left", "due today", "2 days overdue"."""
    texts, days = translator(language), (due_on - today).days
    if days == 0:
        return texts.gettext("due today")
    if days < 0:
        return texts.ngettext("%(num)d day overdue", "%(num)d days overdue", -days)
    return texts.ngettext("%(num)d day left", "%(num)d days left", days)


def day_from_now(day: date, today: date, language: str) -> str:
    """A day near today in words: "today", "yesterday", "in 3 days", "2 weeks ago"."""
    texts, days = translator(language), (day - today).days
    near = {0: texts.gettext("today"), 1: texts.gettext("tomorrow"), -1: texts.gettext("yesterday")}
    if days in near:
        return near[days]
    locale = _locale(language)
    return dates.format_timedelta(day - today, granularity="day", add_direction=True, locale=locale)


def format_number(number: float | Decimal, language: str) -> str:
    """A number with its groups, and no more decimals than it has (three at most): "1,234.5"."""
    return numbers.format_decimal(number, locale=_locale(language))


def format_decimal(number: float | Decimal, language: str, decimals: int = 1) -> str:
    """A number with exactly so many decimals, so that a column lines up: "12.0"."""
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return numbers.format_decimal(number, pattern, locale=_locale(language))


def format_points(hundredths: int, language: str) -> str:
    """Points, which are kept in hundredths: 1250 is "12.50"."""
    return format_decimal(Decimal(hundredths) / 100, language, 2)


def format_percent(share: float | Decimal, language: str) -> str:
    """A share between 0 and 1 in whole per cent: 0.42 is "42%"."""
    return numbers.format_percent(share, locale=_locale(language))


def format_money(amount: Decimal, currency: str, language: str) -> str:
    """An amount with its ISO 4217 code, which no reader can mistake: "USD 250,000.00"."""
    return numbers.format_currency(amount, currency, "¤¤\u00a0#,##0.00", locale=_locale(language))


def format_size(size: int, language: str) -> str:
    """The size of a file in bytes, rounded up to kilobytes of 1,000: "38 kB", "2.4 MB"."""
    kilobytes = -(-size // 1000)
    unit: Literal["digital-kilobyte", "digital-megabyte"] = "digital-kilobyte"
    value: int | float = kilobytes
    if kilobytes >= 1000:
        unit, value = "digital-megabyte", round(kilobytes / 1000, 1)
    text = units.format_unit(value, unit, length="short", locale=_locale(language))
    return text.replace(" ", _HIDDEN_SPACE)


def format_list(items: Sequence[str], language: str) -> str:
    """Items in a sentence: "a, b and c"."""
    return lists.format_list(items, locale=_locale(language))


def _locale(language: str) -> str:
    return LANGUAGES[language].locale


def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo(UTC)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a zone says nothing: moments are aware, in UTC")
    return moment
