"""Six languages: texts, dates and numbers as a reader expects them, and words as a search finds them."""

from .formats import (
    UTC,
    city_of,
    day_from_now,
    format_day,
    format_decimal,
    format_list,
    format_minutes,
    format_moment,
    format_money,
    format_month,
    format_number,
    format_percent,
    format_points,
    format_size,
    format_time,
    time_left,
    weekday_names,
)
from .languages import DEFAULT_LANGUAGE, LANGUAGES, Direction, Language, direction_of, negotiate
from .search import normalise, search_words, sort_key
from .translator import LOCALES, Translator, translator
from .zones import zone_to_choose, zones_by_region

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "LOCALES",
    "UTC",
    "Direction",
    "Language",
    "Translator",
    "city_of",
    "day_from_now",
    "direction_of",
    "format_day",
    "format_decimal",
    "format_list",
    "format_minutes",
    "format_moment",
    "format_money",
    "format_month",
    "format_number",
    "format_percent",
    "format_points",
    "format_size",
    "format_time",
    "negotiate",
    "normalise",
    "search_words",
    "sort_key",
    "time_left",
    "translator",
    "weekday_names",
    "zone_to_choose",
    "zones_by_region",
]
