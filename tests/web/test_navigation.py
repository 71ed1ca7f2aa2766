"""The main navigation: what one's roles open, in a bar that stays one line, and where a page lies in it."""

from collections.abc import Sequence
from uuid import UUID

from lms.kernel.access import Actor, Permission
from lms.web.session import GROUPED_FROM, navigation
from lms.web.templating import NavGroup, NavItem

REPORTS = (Permission.REPORTS_READ, Permission.COVERAGE_READ)
RECORDS = (Permission.PEOPLE_READ, Permission.PROFILES_ASSIGN, Permission.EQUIVALENCES_DECIDE)


def holding(*permissions: Permission) -> Actor:
    held: dict[Permission, tuple[str, ...]] = {each: ("/",) for each in (Permission.SELF, *permissions)}
    return Actor(UUID(int=1), "Amina", "en", permissions=held)


def current(bar: Sequence[NavItem | NavGroup]) -> list[str]:
    flat = [item for each in bar for item in (each.items if isinstance(each, NavGroup) else (each,))]
    return [item.href for item in flat if item.current]


def test_many_entries_of_one_kind_stand_under_one_word() -> None:
    bar = navigation(holding(*REPORTS, *RECORDS), "/waivers", "en")
    groups = [each for each in bar if isinstance(each, NavGroup)]
    assert [(each.label, len(each.items)) for each in groups] == [("Reports", 3), ("People and records", 3)]
    assert [each.current for each in groups] == [False, True]
    assert current(bar) == ["/equivalences"]


def test_fewer_stand_for_themselves_a_click_nearer() -> None:
    bar = navigation(holding(Permission.COVERAGE_READ, Permission.EQUIVALENCES_DECIDE), "/courses", "en")
    assert GROUPED_FROM > 2
    assert not any(isinstance(each, NavGroup) for each in bar)
    assert [each.label for each in bar][-3:] == ["Participation", "Coverage", "Equivalences"]


def test_requests_for_more_time_lie_where_their_reader_came_from() -> None:
    path = "/assigned/requests"
    assert current(navigation(holding(Permission.TEAM_READ), path, "en")) == ["/team"]
    both = holding(Permission.TEAM_READ, Permission.ASSIGNMENTS_MAKE)
    assert current(navigation(both, path, "en")) == ["/assigned"]


def test_learning_time_lies_under_plans_for_who_proposes_them_and_under_reports_for_others() -> None:
    path = "/reports/learning-time"
    assert current(navigation(holding(Permission.PLANS_PROPOSE, *REPORTS), path, "en")) == ["/plans"]
    assert current(navigation(holding(*REPORTS), path, "en")) == ["/reports/recognition"]
