"""programmes.yaml: what is wrong with it, and from sound data to the words of the domain."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from .domain import FindingList, Taxonomy
from .domain.programmes import AnyItem, CourseItem, Item, Programme, ProgrammeItem, Programmes, find_circle
from .schema_check import did_you_mean
from .shared_files import label_from
from .yaml_lines import Located, Place

_FORMS = ({"course"}, {"any", "of"}, {"programme"})
_SAY_FORM = "An item is one of {course: key}, {any: 2, of: [keys]} and {programme: key}."


def check_programmes(
    located: Located, *, courses: Collection[str], taxonomy: Taxonomy | None, findings: FindingList
) -> None:
    """A programmes.yaml of the right shape against the courses there are, the taxonomy and itself."""
    programmes = located.data["programmes"]
    for at, programme in enumerate(programmes):
        place: Place = ("programmes", at)
        _check_items(located, place, programme, courses, findings)
        if taxonomy is not None:
            known = [tag.key for tag in taxonomy.audiences]
            for number, word in enumerate(programme["audiences"]):
                _check_known(located, (*place, "audiences", number), word, "audience", known, findings)
    _check_nesting(located, programmes, findings)


def _check_items(
    located: Located, place: Place, programme: Any, courses: Collection[str], findings: FindingList
) -> None:
    lines: dict[str, int | None] = {}
    for at, item in enumerate(programme["items"]):
        here = (*place, "items", at)
        if set(item) not in _FORMS:
            findings.error(located.line(*here), _SAY_FORM)
            continue
        if item.get("any", 0) > len(item.get("of", ())):
            sentence = f"Any {item['any']} of {len(item['of'])} courses can never be completed."
            findings.error(located.line(*here, "any"), sentence)
        for where, course in _courses_in(here, item):
            _check_known(located, where, course, "course", courses, findings, file="courses/")
            if course in lines:
                sentence = f'"{course}" stands in this programme already, on line {lines[course]}.'
                findings.error(located.line(*where), sentence)
            lines.setdefault(course, located.line(*where))


def _courses_in(place: Place, item: Any) -> Iterator[tuple[Place, str]]:
    if "course" in item:
        yield (*place, "course"), item["course"]
    for at, course in enumerate(item.get("of", ())):
        yield (*place, "of", at), course


def _check_nesting(located: Located, programmes: list[Any], findings: FindingList) -> None:
    known = [each["key"] for each in programmes]
    nested = {each["key"]: _nested(each) for each in programmes}
    for at, programme in enumerate(programmes):
        for number, item in enumerate(programme["items"]):
            if "programme" in item:
                place = ("programmes", at, "items", number, "programme")
                _check_known(located, place, item["programme"], "programme", known, findings)
        circle = find_circle(nested, programme["key"])
        # Told once, at the programme of the circle that comes first in the file.
        if circle and programme["key"] == min(circle, key=known.index):
            sentence = f"A programme cannot contain itself: {' → '.join(circle)}."
            findings.error(located.line("programmes", at, "items"), sentence)


def _nested(programme: Any) -> list[str]:
    return [item["programme"] for item in programme["items"] if "programme" in item]


def _check_known(
    located: Located,
    place: Place,
    word: str,
    sort: str,
    known: Collection[str],
    findings: FindingList,
    *,
    file: str = "",
) -> None:
    if word not in known:
        where = file or ("programmes.yaml" if sort == "programme" else "taxonomy.yaml")
        findings.error(located.line(*place), f'{where} has no {sort} "{word}".{did_you_mean(word, known)}')


def programmes_from(data: Any) -> Programmes:
    """programmes.yaml, which has been found sound, as the domain's words."""
    return Programmes(tuple(_programme(each) for each in data["programmes"]))


def _programme(data: Any) -> Programme:
    return Programme(
        key=data["key"],
        name=label_from(data["name"]),
        summary=label_from(data["summary"]),
        items=tuple(_item(each) for each in data["items"]),
        audiences=tuple(data["audiences"]),
        validity_months=data.get("validity_months"),
    )


def _item(data: Any) -> Item:
    if "course" in data:
        return CourseItem(data["course"])
    return (
        ProgrammeItem(data["programme"]) if "programme" in data else AnyItem(data["any"], tuple(data["of"]))
    )
