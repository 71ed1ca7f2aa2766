"""Pages render in every language with nothing undefined, and keep the promises of the design."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import DictLoader, UndefinedError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.testclient import TestClient

from lms.kernel.errors import Fault
from lms.kernel.i18n import LANGUAGES
from lms.web import charts, static_files, templating
from lms.web.style_guide import style_guide_context

CSS = (static_files.OWN / "app.css").read_text(encoding="utf-8")
STATUSES = (401, 403, 404, 409, 410, 422, 429, 500, 503)


@dataclass(frozen=True, slots=True)
class Reader:
    name: str = "Amina <b>Otieno</b>"
    time_zone: str = "Africa/Nairobi"


def _app(signed_in: bool) -> Starlette:
    app = Starlette()
    static_files.install_static(app, third_party=None)

    async def show(request: Request) -> Response:
        request.state.language = request.path_params["language"]
        request.state.actor = Reader() if signed_in else None
        request.state.csrf_token = "a-token"
        request.state.flashes = [templating.Flash("Saved."), templating.Flash("Look here.", "attention")]
        items = [
            templating.NavItem("My plan", "/plan", current=True),
            templating.NavItem("Courses", "/courses"),
        ]
        context: dict[str, Any] = style_guide_context() | {"nav": items, "account": items, "footer": items}
        return templating.page(request, "style_guide.html", context)

    async def problem(request: Request) -> Response:
        status = request.path_params["status"]
        context = {"reference": "0198f2"} if request.query_params.get("reference") else None
        return templating.page(request, "problem.html", context, status=status)

    app.router.add_route("/{language}/style-guide", show)
    app.router.add_route("/problem/{status:int}", problem)
    return app


@pytest.fixture(scope="module")
def signed_in() -> TestClient:
    return TestClient(_app(signed_in=True))


@pytest.fixture(scope="module")
def signed_out() -> TestClient:
    return TestClient(_app(signed_in=False))


def _style_guide(client: TestClient, language: str) -> str:
    answer = client.get(f"/{language}/style-guide?sort=-people&focus=a")
    assert answer.status_code == 200
    return answer.text


# -- whole pages -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_element_renders_in_every_language(signed_in: TestClient, language: str) -> None:
    answer = signed_in.get(f"/{language}/style-guide")
    direction = LANGUAGES[language].direction
    assert f'<html lang="{language}" dir="{direction}">' in answer.text
    assert answer.headers["content-language"] == language
    assert answer.headers["vary"] == "cookie, accept-language"


@pytest.mark.parametrize("status", STATUSES)
def test_every_problem_is_said_in_words(signed_out: TestClient, status: int) -> None:
    answer = signed_out.get(f"/problem/{status}?reference=yes", headers={"accept-language": "fr"})
    assert answer.status_code == status
    assert '<html lang="fr"' in answer.text
    assert "0198f2" in answer.text
    assert answer.text.count("<h1>") == 1


def test_a_problem_page_needs_nothing_that_a_request_may_not_have_yet(signed_out: TestClient) -> None:
    assert "There is nothing here" in signed_out.get("/problem/404").text


def test_one_language_has_no_words_of_another(signed_in: TestClient) -> None:
    assert "Se déconnecter" in _style_guide(signed_in, "fr")
    assert "Sign out" not in _style_guide(signed_in, "fr")
    assert "Terminé le 23 novembre 2026" in _style_guide(signed_in, "fr")


def test_signing_out_is_a_form_with_a_token_and_a_name_is_never_markup(signed_in: TestClient) -> None:
    html = _style_guide(signed_in, "en")
    form = re.search(r'<form method="post" action="/sign-out".*?</form>', html, re.DOTALL)
    assert form is not None
    assert 'name="csrf_token" value="a-token"' in form[0]
    assert "<b>Otieno" not in html


def test_every_post_form_carries_the_token(signed_in: TestClient) -> None:
    forms = re.findall(r'<form[^>]*method="post".*?</form>', _style_guide(signed_in, "en"), re.DOTALL)
    assert len(forms) == 3
    assert all('name="csrf_token" value="a-token"' in form for form in forms)


def test_who_is_not_signed_in_can_sign_in_and_choose_a_language(signed_out: TestClient) -> None:
    html = _style_guide(signed_out, "en")
    assert 'href="/sign-in"' in html
    assert "/sign-out" not in html
    for language in LANGUAGES.values():
        link = f"/language/{language.code}?next=%2Fen%2Fstyle-guide%3Fsort%3D-people%26focus%3Da"
        assert f'href="{link}"' in html
        assert language.own_name in html


def test_a_name_that_nobody_gave_raises() -> None:
    environment = templating.build_environment("en", DictLoader({"a": "{{ misspelt }}"}))
    with pytest.raises(UndefinedError):
        environment.get_template("a").render()


def test_a_macro_without_context_speaks_the_language_of_the_page() -> None:
    loader = DictLoader(
        {"m": '{% macro m() %}{{ _("Sign in") }}{% endmacro %}', "a": '{% import "m" as m %}{{ m.m() }}'}
    )
    rendered = [
        templating.build_environment(language, loader).get_template("a").render() for language in ("es", "fr")
    ]
    assert rendered == ["Iniciar sesión", "Se connecter"]


# -- what a page may not hold ------------------------------------------------------------------------------


@pytest.mark.parametrize("path", sorted(templating.TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_holds_inline_style_or_script(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", text)
    assert "<style" not in text
    assert "javascript:" not in text
    assert not re.search(r"<[^>]*\son[a-z]+\s*=", text)
    assert all("src=" in script for script in re.findall(r"<script[^>]*>", text))


class _Outline(HTMLParser):
    """Ids, classes and what is linked to, and which elements were left open."""

    _VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.classes: set[str] = set()
        self.described: list[str] = []
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids += [given["id"]] if "id" in given else []
        self.classes |= set(given.get("class", "").split())
        for name in ("aria-labelledby", "aria-describedby", "for"):
            self.described += given.get(name, "").split()
        if tag not in self._VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self._VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def outline(signed_in: TestClient) -> _Outline:
    parser = _Outline()
    parser.feed(_style_guide(signed_in, "en"))
    return parser


def test_what_is_opened_is_closed(outline: _Outline) -> None:
    assert outline.wrong == []
    assert outline.open == []


def test_ids_are_unique_and_what_describes_is_there(outline: _Outline) -> None:
    assert sorted(set(outline.ids)) == sorted(outline.ids)
    assert set(outline.described) <= set(outline.ids)


def test_every_class_of_an_element_is_known_to_the_style(outline: _Outline) -> None:
    known = set(re.findall(r"\.(-?[a-z][\w-]*)", CSS))
    # These say what a thing is, for scripts and tests, and need no look of their own.
    nameless = {"cell-plain", "input-full", "status-quiet", "button-primary", "flash-done", "chart-label"}
    nameless |= {name for name in outline.classes if name.startswith("shape-")}
    assert outline.classes - known - nameless == set()


# -- charts ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_chart_has_a_question_words_and_its_table(signed_in: TestClient, language: str) -> None:
    figures = re.findall(r'<figure class="chart".*?</figure>', _style_guide(signed_in, language), re.DOTALL)
    assert len(figures) == 3
    for figure in figures:
        assert "<table" in figure
        assert "chart-question" in figure
        assert 'class="heat"' in figure or re.search(r"<svg.*?<title.*?<desc", figure, re.DOTALL)


def test_a_table_under_a_chart_holds_every_figure(signed_in: TestClient) -> None:
    html = _style_guide(signed_in, "en")
    chart = re.search(r'<figure class="chart" id="chart-skills".*?</figure>', html, re.DOTALL)
    assert chart is not None
    table = chart[0].partition("<table")[2]
    for bar in style_guide_context()["skill_bars"]:
        assert bar.label in table
        assert f">{bar.value}</td>" in table


@pytest.mark.parametrize("language", ["en", "ar"])
def test_bars_grow_from_the_side_where_reading_starts(language: str) -> None:
    layout = charts.bar_layout(
        [charts.Bar("Law", 10, target=20), charts.Bar("Finance", 5)], language=language
    )
    law, finance = layout.rows
    assert law.bar_length == pytest.approx(2 * finance.bar_length, abs=0.02)
    if language == "ar":
        assert (layout.start_x, law.figure_dx) == (100, -8)
        assert law.bar_x + law.bar_length == 100
    else:
        assert (layout.start_x, law.bar_x, law.figure_dx) == (0, 0, 8)


def test_bars_stand_at_equal_distances_however_long_their_words() -> None:
    labels = ["Law", "Privileges, immunities, liability and disputes", "Finance"]
    first, second, third = charts.bar_layout([charts.Bar(each, 1) for each in labels], language="en").rows
    assert len(second.lines) == 2
    assert second.bar_y - first.bar_y == third.bar_y - second.bar_y
    assert first.bar_y - first.line_ys[-1] == second.bar_y - second.line_ys[-1]


@given(
    st.lists(
        st.tuples(st.text(max_size=80), st.none() | st.integers(0, 10**6), st.none() | st.integers(0, 10**6)),
        max_size=8,
    )
)
def test_no_bar_and_no_target_leaves_the_chart(rows: list[tuple[str, int | None, int | None]]) -> None:
    bars = [charts.Bar(label, value, target=target) for label, value, target in rows]
    for language in ("en", "ar"):
        for row in charts.bar_layout(bars, language=language).rows:
            assert 0 <= row.bar_x <= 100
            assert 0 <= row.bar_length <= 100
            assert 0 <= row.figure_x <= 100
            assert row.target_x is None or 0 <= row.target_x <= 100


@given(st.lists(st.none() | st.integers(0, 10**6), min_size=1, max_size=24))
def test_no_column_leaves_the_chart(values: list[int | None]) -> None:
    columns = [charts.Column(str(at), value) for at, value in enumerate(values)]
    for language in ("en", "ar"):
        layout = charts.column_layout(columns, language=language)
        for box in layout.columns:
            assert box.x >= 0
            assert box.x + box.length <= 100.01
            assert box.y >= charts.LINE
            assert box.y + box.height == pytest.approx(layout.base)


def test_charts_with_nothing_in_them_still_render() -> None:
    source = """{% import "macros/charts.html" as charts %}
    {{ charts.bars("a", "How many?", [], "", "Area", "People") }}
    {{ charts.columns("b", "How many?", [], "", "Month", "People") }}
    {{ charts.heat_map("c", "Where?", "", "Focus", [], [], 0, "nobody") }}
    {{ charts.progress(0, 0, "Nothing to do") }}"""
    assert "How many?" in templating.environment("ar").from_string(source).render()


def test_a_hidden_figure_is_said_and_never_drawn() -> None:
    bar = charts.Bar("Law", None, shown="fewer than 5")
    row = charts.bar_layout([bar, charts.Bar("Finance", 9)], language="en").rows[0]
    assert (row.shown, row.bar_length) == ("fewer than 5", 0)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_shades_follow_the_figures(first: int, second: int) -> None:
    most = max(first, second)
    steps = charts.heat_step(first, most), charts.heat_step(second, most)
    assert all(0 <= step <= charts.HEAT_STEPS for step in steps)
    assert (first > second) <= (steps[0] >= steps[1])
    assert (first > 0) == (steps[0] > 0)


@given(st.text(), st.integers(4, 40))
def test_wrapping_loses_no_letter(text: str, units: int) -> None:
    assert "".join("".join(charts.wrap(text, units)).split()) == "".join(text.split())


# -- tables ------------------------------------------------------------------------------------------------


def test_a_sorted_column_says_so_and_its_link_turns_the_order_and_keeps_the_filter(
    signed_in: TestClient,
) -> None:
    html = _style_guide(signed_in, "en")
    assert re.search(r'aria-sort="descending"><a class="sort" href="[^"]*focus=a&amp;sort=people"', html)
    assert 'href="/en/style-guide?sort=-people&amp;focus=a&amp;cursor=abc"' in html


@pytest.mark.parametrize(
    ("changes", "address"),
    [
        ({"sort": "name"}, "/a?x=1&sort=name"),
        ({"x": None}, "/a"),
        ({"x": "ä b"}, "/a?x=%C3%A4+b"),
        ({}, "/a?x=1"),
    ],
)
def test_an_address_with_its_query_changed(changes: dict[str, object], address: str) -> None:
    assert templating.with_query("/a?x=1", **changes) == address


# -- style, script, weight ---------------------------------------------------------------------------------


def test_the_style_has_no_left_and_no_right() -> None:
    rules = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    sides = r"(margin|padding|border|inset|scroll-margin|scroll-padding)-(left|right|top|bottom)\b"
    assert re.findall(sides, rules) == []
    assert re.findall(r"[{;\s](left|right|top|bottom|float|clear)\s*:", rules) == []
    assert re.findall(r"(?:text-align|justify-content|float)\s*:\s*(?:left|right)", rules) == []


def test_no_shorthand_gives_the_two_sides_different_widths() -> None:
    rules = re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL)
    shorthands = re.findall(r"[{;\s](?:margin|padding|inset|border-width)\s*:\s*([^;}]+)", rules)
    four = [value.split() for value in shorthands if "(" not in value and len(value.split()) == 4]
    assert [value for value in four if value[1] != value[3]] == []


def test_style_and_script_ask_nobody_else_for_anything() -> None:
    script = (static_files.OWN / "app.js").read_text(encoding="utf-8")
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert "://" not in CSS + script


def test_the_first_page_weighs_little_on_the_line_and_its_style_can_be_read(signed_out: TestClient) -> None:
    """On the line it is packed; unpacked, the style is what somebody has to know who changes it."""
    page = signed_out.get("/problem/404")
    addresses = set(re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text))
    answers = [signed_out.get(each, headers={"accept-encoding": "gzip"}) for each in addresses]
    assert len(answers) >= 3
    sent = sum(int(answer.headers["content-length"]) for answer in answers)
    assert sent + len(page.content) < 25_000
    assert len(CSS.encode()) < 50_000


# -- static files ------------------------------------------------------------------------------------------


def test_a_static_file_is_kept_for_ever_under_its_digest(signed_out: TestClient) -> None:
    address = re.search(r'href="(/static/app\.[0-9a-f]{12}\.css)"', signed_out.get("/problem/404").text)
    assert address is not None
    answer = signed_out.get(address[1], headers={"accept-encoding": "gzip"})
    assert answer.text == CSS
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/css")
    plain = signed_out.get(address[1], headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == CSS


@pytest.mark.parametrize("name", ["app.css", "app.000000000000.css"])
def test_without_its_digest_a_file_is_served_and_not_kept(signed_out: TestClient, name: str) -> None:
    answer = signed_out.get(f"/static/{name}")
    assert answer.text == CSS
    assert answer.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("name", ["none.css", "%2e%2e/templating.py", "../templating.py", "", "app"])
def test_there_is_no_other_file(signed_out: TestClient, name: str) -> None:
    assert signed_out.get(f"/static/{name}").status_code == 404


def test_files_of_others_come_from_where_npm_put_them(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="npm ci"):
        static_files.collect(tmp_path)
    script = tmp_path / "htmx.org" / "dist" / "htmx.min.js"
    script.parent.mkdir(parents=True)
    script.write_text("htmx", encoding="utf-8")
    files = static_files.StaticFiles(static_files.collect(tmp_path))
    assert re.fullmatch(r"/static/htmx\.[0-9a-f]{12}\.js", files.url("htmx.js"))
    assert gzip.decompress(files.respond("htmx.js", packed=True).body) == b"htmx"
    with pytest.raises(KeyError):
        files.url("misspelt.js")


# -- addresses and forms -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:a",
        "",
        None,
        "evil",
        "/a\nb",
        "///evil.example",
        "http:/a",
        "/\t/evil.example",
    ],
)
def test_nobody_is_sent_on_to_another_site(target: str | None) -> None:
    assert templating.local_path(target) == "/"


@pytest.mark.parametrize(
    "target", ["/", "/plan", "/courses?q=a%20b&sort=-name", "/a//b", "/a?next=https://x"]
)
def test_an_address_of_this_site_is_kept(target: str) -> None:
    assert templating.local_path(target) == target


def test_faults_of_an_error_stand_beside_their_fields() -> None:
    faults = [Fault("/title", "Give a title."), Fault("", "It is too late."), Fault("/a/0/day", "No day.")]
    assert templating.errors_by_field(faults) == {
        "title": "Give a title.",
        "": "It is too late.",
        "day": "No day.",
    }
    source = '{% import "macros/forms.html" as forms %}{{ forms.error_summary(errors) }}'
    html = templating.environment("en").from_string(source).render(errors={"": "Late.", "title": "Missing."})
    assert '<a href="#field-title">Missing.</a>' in html
    assert "<li>Late.</li>" in html


def test_what_was_typed_is_shown_again_and_a_password_never() -> None:
    source = """{% import "macros/forms.html" as forms %}
    {{ forms.field("title", "Title", {"title": "<i>"}) }}
    {{ forms.field("secret", "S", {"secret": "x9"}, type="password") }}
    {{ forms.text_area("reply", "Reply", {"reply": "\n two"}) }}
    {{ forms.choice("n", "N", [(1, "one"), (2, "two")], {"n": 2}) }}
    {{ forms.checkboxes("f", "F", [("a", "A"), ("b", "B")], {"f": ["b"]}) }}"""
    html = templating.environment("en").from_string(source).render()
    assert 'value="&lt;i&gt;"' in html
    assert "x9" not in html
    assert ">\n\n two</textarea>" in html  # a browser drops the first line break after the tag
    assert '<option value="2" selected>' in html
    assert re.search(r'value="b" checked', html)
    assert not re.search(r'value="a" checked', html)
