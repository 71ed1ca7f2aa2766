"""What a preview counts, as a pure rule."""

from dataclasses import replace
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lms.assigned.domain.cost import Hit, few, preview_of, without_done

hits = st.lists(
    st.builds(
        Hit,
        person_id=st.uuids(),
        unit=st.sampled_from(["a", "b", "c"]),
        unit_name=st.just("Office"),
        holds=st.booleans(),
        is_assigned=st.booleans(),
    ),
    unique_by=lambda each: each.person_id,
    max_size=30,
)


@given(hits, st.data())
def test_everybody_is_one_of_three_and_offices_add_up_to_the_whole(
    some: list[Hit], data: st.DataObject
) -> None:
    minutes = {each.person_id: data.draw(st.integers(0, 600)) for each in some}
    preview = preview_of(some, minutes)
    assert preview.people == preview.holds + preview.assigned + preview.fresh == len(some)
    assert preview.people == sum(unit.people for unit in preview.units)
    assert preview.holds == sum(unit.holds for unit in preview.units)
    assert preview.fresh == sum(unit.fresh for unit in preview.units)
    assert preview.minutes == sum(minutes[each.person_id] for each in some if each.is_fresh)
    assert [unit.unit for unit in preview.units] == sorted({each.unit for each in some})


def test_forty_people_and_a_course_of_ninety_minutes_are_sixty_hours_or_eight_days() -> None:
    some = [
        Hit(person_id=UUID(int=number), unit="a", unit_name="A", holds=False, is_assigned=False)
        for number in range(40)
    ]
    preview = preview_of(some, {each.person_id: 90 for each in some})
    assert (preview.minutes, preview.hours, preview.days) == (3600, 60.0, 8.0)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 12)))
def test_what_is_hidden_cannot_be_told_from_the_whole(people: dict[str, int]) -> None:
    """Every group of fewer than five is hidden, and what is hidden is about five or more: or it is everything."""
    hidden = few(people)
    assert {key for key, size in people.items() if 0 < size < 5} <= hidden
    together = sum(people[key] for key in hidden)
    assert together == 0 or together >= 5 or hidden == {key for key, size in people.items() if size}
    assert not [key for key in hidden if people[key] == 0]


@given(hits, st.data())
def test_two_previews_compared_do_not_tell_who_has_completed_what(
    some: list[Hit], data: st.DataObject
) -> None:
    """Whatever people have completed, who may not know it is shown the same."""
    minutes = {each.person_id: 60 for each in some}
    others = [
        replace(each, holds=data.draw(st.booleans()), is_assigned=data.draw(st.booleans())) for each in some
    ]
    told = without_done(some, minutes)
    assert told == without_done(others, minutes)
    assert (told.people, told.minutes, told.holds, told.fresh) == (len(some), 60 * len(some), None, None)
    assert preview_of(some, minutes).minutes <= told.minutes
