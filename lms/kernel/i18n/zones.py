"""Time zones to choose from: the cities that CLDR names them by, under their part of the world."""

from functools import cache

from babel.core import get_global

from .formats import UTC, city_of
from .search import sort_key
from .translator import translator


@cache
def zones_by_region(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Regions in a reader's language, each with (IANA zone, city) in the order of the cities. UTC is in none."""
    found: dict[str, list[tuple[str, str]]] = {key: [] for key in _REGIONS}
    for zone in get_global("zone_territories"):
        region = zone.partition("/")[0]
        region = _ELSEWHERE.get(region, region)
        if region in found:
            found[region].append((zone, city_of(zone, language)))
    names = _names(language)
    ordered = sorted(found, key=lambda key: sort_key(names[key]))
    return [(names[key], sorted(found[key], key=lambda zone: sort_key(zone[1]))) for key in ordered]


def zone_to_choose(zone: str) -> str:
    """The zone under which `zones_by_region` lists this one, which may be an older name of it."""
    known = str(get_global("zone_aliases").get(zone, zone))
    return UTC if known == "Etc/UTC" else known


_REGIONS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")
_ELSEWHERE = {"Arctic": "Europe"}  # Longyearbyen alone


def _names(language: str) -> dict[str, str]:
    pgettext = translator(language).pgettext
    return {
        "Africa": pgettext("part of the world", "Africa"),
        "America": pgettext("part of the world", "Americas"),
        "Antarctica": pgettext("part of the world", "Antarctica"),
        "Asia": pgettext("part of the world", "Asia"),
        "Atlantic": pgettext("part of the world", "Atlantic Ocean"),
        "Australia": pgettext("part of the world", "Australia"),
        "Europe": pgettext("part of the world", "Europe"),
        "Indian": pgettext("part of the world", "Indian Ocean"),
        "Pacific": pgettext("part of the world", "Pacific Ocean"),
    }
