"""Languages are chosen, texts filled in, dates and numbers written, and words found whatever the script."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from lms.kernel import i18n

DAY = date(2026, 11, 23)
MOMENT = datetime(2026, 11, 23, 11, 30, tzinfo=UTC)
HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF), min_size=1, max_size=12)
WORDS = st.lists(st.text(min_size=1, max_size=8), min_size=1, max_size=6)


# -- which language ----------------------------------------------------------------------------------------


def test_the_six_languages_in_their_order_by_their_own_names() -> None:
    assert list(i18n.LANGUAGES) == ["ar", "zh", "en", "fr", "ru", "es"]
    names = [language.own_name for language in i18n.LANGUAGES.values()]
    assert names == ["العربية", "中文", "English", "Français", "Русский", "Español"]
    assert [code for code, language in i18n.LANGUAGES.items() if language.direction == "rtl"] == ["ar"]


@pytest.mark.parametrize(
    ("accept", "cookie", "person", "chosen"),
    [
        (None, None, None, "en"),
        ("fr-CH, fr;q=0.9, en;q=0.8", None, None, "fr"),
        ("de, es;q=0.4, ru;q=0.7", None, None, "ru"),
        ("zh-Hans-CN", None, None, "zh"),
        ("fr;q=0, es;q=0.1", None, None, "es"),
        ("fr", None, "ar", "ar"),
        ("fr", "es", "ar", "es"),
        ("fr", "xx", "tlh", "fr"),
        ("*;q=nonsense,,;", None, None, "en"),
        ("AR_EG", None, None, "ar"),
    ],
)
def test_the_browsers_choice_comes_before_the_persons_before_the_browsers_setting(
    accept: str | None, cookie: str | None, person: str | None, chosen: str
) -> None:
    assert i18n.negotiate(accept, cookie, person) == chosen


@given(st.text(), st.text(), st.text())
def test_whatever_is_sent_some_language_is_chosen(accept: str, cookie: str, person: str) -> None:
    assert i18n.negotiate(accept, cookie, person) in i18n.LANGUAGES


@pytest.mark.parametrize(("tag", "way"), [("ar-EG", "rtl"), ("fa", "rtl"), ("en", "ltr"), ("zh-Hans", "ltr")])
def test_direction_follows_the_language_of_a_text(tag: str, way: str) -> None:
    assert i18n.direction_of(tag) == way


# -- texts -------------------------------------------------------------------------------------------------


def test_a_text_is_translated_filled_in_and_has_its_plural() -> None:
    french, russian = i18n.translator("fr"), i18n.translator("ru")
    assert french.gettext("Sign out") == "Se déconnecter"
    assert french.pgettext("course page", "Next") == "Suivant"
    assert russian.gettext("Completed on %(day)s", day="3 мая") == "Завершено 3 мая"
    found = [russian.ngettext("%(num)d module", "%(num)d modules", count) for count in (1, 3, 11, 21)]
    assert found == ["1 модуль", "3 модуля", "11 модулей", "21 модуль"]


def test_arabic_uses_all_its_plural_forms() -> None:
    arabic = i18n.translator("ar")
    found = {
        arabic.ngettext("%(num)d day left", "%(num)d days left", count) for count in (0, 1, 2, 3, 11, 100)
    }
    assert len(found) == 6


def test_a_text_without_translation_and_a_fuzzy_one_stay_english(tmp_path: Path) -> None:
    folder = tmp_path / "fr"
    folder.mkdir()
    entries = '#, fuzzy\nmsgid "Course"\nmsgstr "Courses"\n\nmsgid "Module"\nmsgstr "Unité"\n'
    (folder / "messages.po").write_text(f'msgid ""\nmsgstr "Language: fr\\n"\n\n{entries}', encoding="utf-8")
    french = i18n.translator("fr", tmp_path)
    assert [french.gettext(text) for text in ("Course", "Module", "Person")] == ["Course", "Unité", "Person"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        i18n.translator("tlh")


@pytest.mark.parametrize("language", ["ar", "zh", "fr", "ru", "es"])
def test_translations_keep_the_places_to_be_filled_in(language: str) -> None:
    with (i18n.LOCALES / language / "messages.po").open("rb") as file:
        catalogue = read_po(file)
    wrong = [str(error) for message in catalogue for error in message.check(catalogue)]
    assert wrong == []


# -- dates and numbers -------------------------------------------------------------------------------------


def test_days_and_moments_in_plain_english() -> None:
    assert i18n.format_day(DAY, "en") == "23 November 2026"
    assert i18n.format_day(DAY, "en", short=True) == "23 Nov 2026"
    assert i18n.format_month(DAY, "en") == "November 2026"
    assert i18n.format_moment(MOMENT, "en", "Africa/Nairobi") == "23 November 2026, 14:30 (Nairobi time)"
    assert i18n.format_moment(MOMENT, "en") == "23 November 2026, 11:30 (UTC)"


def test_a_moment_may_be_another_day_where_the_reader_is() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=UTC)
    assert i18n.format_moment(late, "en", "Asia/Shanghai") == "24 November 2026, 07:30 (Shanghai time)"


@pytest.mark.parametrize("zone", ["Nowhere/Atall", "", "../../etc/passwd", "/etc/passwd", "Africa"])
def test_a_zone_that_is_none_falls_back_to_utc_and_says_so(zone: str) -> None:
    assert i18n.format_moment(MOMENT, "en", zone).endswith("11:30 (UTC)")


def test_a_naive_moment_and_a_moment_as_a_day_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        i18n.format_moment(datetime(2026, 1, 1), "en")
    with pytest.raises(TypeError, match="format_moment"):
        i18n.format_day(MOMENT, "en")


def test_durations_with_spaces_that_do_not_break() -> None:
    said = [i18n.format_minutes(minutes, "en") for minutes in (0, 45, 60, 150, 6000)]
    assert said == ["0\u00a0min", "45\u00a0min", "1\u00a0h", "2\u00a0h\u00a030\u00a0min", "100\u00a0h"]
    assert i18n.format_minutes(150, "ru") == "2\u00a0ч\u00a030\u00a0мин"


def test_how_far_off_a_day_is() -> None:
    said = [i18n.time_left(DAY + timedelta(days), DAY, "en") for days in (3, 1, 0, -1, -2)]
    assert said == ["3 days left", "1 day left", "due today", "1 day overdue", "2 days overdue"]
    near = [i18n.day_from_now(DAY + timedelta(days), DAY, "en") for days in (-3, -1, 0, 1, 2)]
    assert near == ["3 days ago", "yesterday", "today", "tomorrow", "in 2 days"]


def test_numbers() -> None:
    assert i18n.format_number(1234567, "en") == "1,234,567"
    assert i18n.format_decimal(12, "en") == "12.0"
    assert i18n.format_points(1250, "fr") == "12,50"
    assert i18n.format_percent(0.42, "en") == "42%"
    assert i18n.format_money(Decimal(250000), "USD", "en") == "USD\u00a0250,000.00"
    assert [i18n.format_size(size, "en") for size in (1, 37_400, 2_410_000)] == [
        "1\u00a0kB",
        "38\u00a0kB",
        "2.4\u00a0MB",
    ]
    assert i18n.format_list(["a", "b", "c"], "en") == "a, b and c"


def everything(language: str) -> list[str]:
    """Every kind of date and unit in one language."""
    months = [date(2026, month, 1) for month in range(1, 13)]
    return [
        *(i18n.format_month(month, language) for month in months),
        *(i18n.format_month(month, language, short=True) for month in months),
        *(i18n.format_day(month, language) for month in months),
        *(i18n.format_day(month, language, short=True) for month in months),
        i18n.format_moment(MOMENT, language, "America/New_York"),
        i18n.day_from_now(DAY + timedelta(9), DAY, language),
        i18n.format_size(2_400_000, language),
        i18n.format_list(["a", "b", "c"], language),
    ]


def _in_a_process_of_its_own(language: str) -> list[str]:
    script = "import json, sys; from tests.kernel.test_i18n import everything; "
    script += "print(json.dumps(everything(sys.argv[1])))"
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", script, language], cwd=root, capture_output=True, text=True, check=True
    )
    found: list[str] = json.loads(done.stdout)
    return found


def test_no_language_leaks_into_another() -> None:
    """babel 2.18 shares some names between locales once one has been used (python-babel/babel#1263)."""
    together = [{language: everything(language) for language in order} for order in _orders()]
    for language in i18n.LANGUAGES:
        alone = _in_a_process_of_its_own(language)
        assert [found[language] for found in together] == [alone] * len(together)


def _orders() -> list[list[str]]:
    codes = list(i18n.LANGUAGES)
    return [codes[at:] + codes[:at] for at in range(len(codes))]


# -- words -------------------------------------------------------------------------------------------------


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = i18n.normalise(text)
    assert i18n.normalise(once) == once


@given(st.text())
def test_case_does_not_matter(text: str) -> None:
    assert i18n.normalise(text.casefold()) == i18n.normalise(text)


@given(HAN, st.data())
def test_the_words_of_any_part_of_a_chinese_title_are_among_its_words(
    title: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(title) - 1))
    end = data.draw(st.integers(start + 1, len(title)))
    assert set(i18n.search_words(title[start:end])) <= set(i18n.search_words(title))


@given(WORDS, st.data())
def test_the_words_of_some_words_of_a_title_are_among_its_words(
    title: list[str], data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(title) - 1))
    end = data.draw(st.integers(start + 1, len(title)))
    part, whole = " ".join(title[start:end]), " ".join(title)
    assert set(i18n.search_words(part)) <= set(i18n.search_words(whole))


@given(st.text())
def test_words_are_each_given_once_and_never_empty(text: str) -> None:
    words = i18n.search_words(text)
    assert len(set(words)) == len(words)
    assert all(word and not word.isspace() for word in words)


@given(st.text())
def test_a_sort_key_is_short_and_the_same_for_its_own_words(text: str) -> None:
    key = i18n.sort_key(text)
    assert len(key) <= 200
    assert i18n.normalise(key) == key.strip()


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("法律", "法律基础"),
        ("基础", "法律基础"),
        ("法", "法律基础"),
        ("éric", "Eric"),
        ("ERIC", "Éric"),
        ("елка", "Ёлка"),
        ("اتفاق", "الاتفاق القانوني"),
        ("القانون", "قانون الشراكات"),
        ("التزام", "الالتزام"),
        ("للقانون", "والقانون"),
        ("شراكه", "شَرَاكَة"),
        ("احمد", "أحمد"),
        ("مستشفي", "مستشفى"),
        ("2007", "٢٠٠٧"),
        ("coeur", "Cœur"),
        ("accord", "L’accord-cadre"),
        ("62", "A/62/341"),
        ("lukasz", "Łukasz"),
        ("ＡＢＣ", "abc"),
        ("strasse", "Straße"),
    ],
)
def test_readers_find_what_they_mean(query: str, title: str) -> None:
    words = set(i18n.search_words(query))
    assert words
    assert words <= set(i18n.search_words(title))


@pytest.mark.parametrize(("query", "title"), [("律法", "法律基础"), ("law", "lawful"), ("الله", "له")])
def test_and_do_not_find_what_they_do_not(query: str, title: str) -> None:
    assert not set(i18n.search_words(query)) <= set(i18n.search_words(title))


def test_lists_sort_as_a_reader_expects() -> None:
    names = ["Zoe", "Éric", "eric b", "«Anna»", "Ёлкин", "Жуков", "القاسم", "فاطمة", "王"]
    assert sorted(names, key=i18n.sort_key) == [
        "«Anna»",
        "Éric",
        "eric b",
        "Zoe",
        "Ёлкин",
        "Жуков",
        "فاطمة",
        "القاسم",
        "王",
    ]
    assert i18n.sort_key("") == i18n.sort_key("?!") == ""


# -- time zones --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_every_zone_to_choose_is_one_and_stands_once(language: str) -> None:
    regions = i18n.zones_by_region(language)
    zones = [zone for _, of_region in regions for zone, _ in of_region]
    assert len(zones) == len(set(zones)) > 400
    assert set(zones) <= available_timezones()
    assert [i18n.zone_to_choose(zone) for zone in zones] == zones
    for _, of_region in regions:
        cities = [i18n.sort_key(city) for _, city in of_region]
        assert cities == sorted(cities)


@pytest.mark.parametrize(
    ("language", "zone", "city"),
    [
        ("en", "Europe/Kyiv", "Kyiv"),
        ("ru", "Europe/Kyiv", "Киев"),
        ("ar", "Asia/Kathmandu", "كاتماندو"),
        ("zh", "America/Argentina/Buenos_Aires", "布宜诺斯艾利斯"),
        ("zh", "Africa/Nairobi", "内罗毕"),
        ("fr", "Etc/GMT+5", "GMT+5"),
    ],
)
def test_cities_that_changed_their_name_are_known_in_every_language(
    language: str, zone: str, city: str
) -> None:
    assert i18n.city_of(zone, language) == city
