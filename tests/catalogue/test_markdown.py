"""Course text becomes harmless HTML: what is allowed arrives, what is hostile does not."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser

import pytest
from hypothesis import strategies as st

from lms.catalogue.domain import Source
from lms.catalogue.markdown import inspect_markdown, render

from .strategies import law

DAY = date(2026, 11, 23)
SOURCES = [
    Source("sg-2007", "Enhanced cooperation", 2007, DAY, "A/62/341"),
    Source("guidelines", 'The "Guidelines" <2015>', 2015, DAY),
]

ALLOWED = {"p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br"}
ALLOWED |= {"strong", "em", "a", "table", "thead", "tbody", "tr", "th", "td"}


class Reader(HTMLParser):
    """Collects what a browser would see as tags and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend((tag, name, value or "") for name, value in attrs)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def assert_harmless(html: str) -> None:
    reader = read(html)
    assert reader.tags <= ALLOWED
    for tag, name, value in reader.attributes:
        assert (tag, name) in {
            *(("a", each) for each in ("href", "title", "rel", "class")),
            ("ol", "start"),
            ("th", "class"),
            ("td", "class"),
        }
        if name == "href":
            assert re.match(r"(https?://|mailto:|#source-)", value, re.IGNORECASE)


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<a href='javascript:alert(1)' onclick=alert(1)>x</a>",
    "<svg/onload=alert(1)>",
    "<iframe src='https://evil.example'></iframe>",
    "<style>body{display:none}</style>",
    "<!-- --><script>1</script>",
    "<p style='position:fixed'>x</p>",
    "<form action='/logout' method=post><button>x</button></form>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example/x)",
    "[x](/people/1/erase)",
    "[x](#other)",
    '[x](https://ok.example "t\\" onmouseover=alert(1)")',
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](https://tracker.example/pixel.png)",
    "<javascript:alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "`<script>`",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    "| <script> |\n|---|\n| <img src=x onerror=1> |",
    "[sg-2007\"><script>alert(1)</script>]",
    "\x00<script>\x00",
    "[a]: javascript:alert(1)\n\n[a]",
]  # fmt: skip


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_text_comes_out_harmless(markdown: str) -> None:
    for text in (markdown, f"> - {markdown}", f"# x\n\nbefore {markdown} after"):
        assert_harmless(render(text, SOURCES))


@law(st.text("<>&\"'()[]!#|-`*_:/=\\\n abjsxy0123;", max_size=80))
def test_any_text_comes_out_harmless(markdown: str) -> None:
    assert_harmless(render(markdown, SOURCES))
    inspect_markdown(markdown)


def test_script_is_shown_as_text() -> None:
    assert render("<script>alert(1)</script>") == "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"


def test_ordinary_markdown_arrives() -> None:
    html = render("Some **bold**, *soft* and `code`.\n\n> Said\n\n1. one\n\n---\n\n[out](https://un.org)")
    assert read(html).tags == {"p", "strong", "em", "code", "blockquote", "ol", "li", "hr", "a"}
    assert '<a href="https://un.org" rel="noopener noreferrer">out</a>' in html


def test_tables_arrive_with_their_alignment_as_a_class() -> None:
    html = render("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert '<th class="align-right">b</th>' in html and "style" not in html


@pytest.mark.parametrize(
    ("markdown", "top", "wanted"),
    [
        ("## a\n\n### b", 2, ["h2", "h3"]),
        ("# a\n\n## b", 2, ["h2", "h3"]),
        ("### a\n\n#### b", 2, ["h2", "h3"]),
        ("## a\n\n### b", 4, ["h4", "h5"]),
        ("# a\n\n###### b", 3, ["h3", "h6"]),
        ("Title\n=====\n\nx", 2, ["h2"]),
    ],
)
def test_the_highest_heading_comes_next_below_the_page_title(
    markdown: str, top: int, wanted: list[str]
) -> None:
    assert re.findall(r"<(h\d)>", render(markdown, top_heading=top)) == wanted


def test_a_citation_becomes_a_link_to_the_numbered_list_of_sources() -> None:
    html = render("So it says [sg-2007], paragraph 5, and [guidelines].", SOURCES)
    link = '<a class="citation" href="#source-sg-2007" title="A/62/341, Enhanced cooperation, 2007"'
    assert link in html and ">[1]</a>, paragraph 5" in html
    assert 'title="The &quot;Guidelines&quot; &lt;2015&gt;, 2015"' in html and ">[2]</a>." in html
    assert_harmless(html)


@pytest.mark.parametrize(
    "markdown",
    [r"\[sg-2007]", "`[sg-2007]`", "[sg-2008]", "[SG-2007]", "[sg-2007](https://un.org)", "[ sg-2007 ]"],
)
def test_what_is_no_citation_is_left_alone(markdown: str) -> None:
    assert "citation" not in render(markdown, SOURCES)


def test_a_citation_may_be_followed_by_a_colon_and_stand_in_a_table() -> None:
    assert "citation" in render("[sg-2007]: A/62/341", SOURCES)
    assert "citation" in render("| [sg-2007] |\n|---|\n| b |", SOURCES)


def test_what_the_checks_look_at_is_found_with_its_line() -> None:
    facts = inspect_markdown(
        "one\ntwo [a-b] <b>\n\n# top\n\n| x |\n|---|\n| [c] |\n\n![p](q) [d, 3]\n\n<div>"
    )
    assert facts.citations == ((2, "a-b"), (8, "c"))
    assert facts.html == (2, 12)
    assert facts.top_headings == (4,)
    assert facts.pictures == (10,)
    assert facts.crowded == ((10, "d"),)
    assert facts.moved(3).citations == ((5, "a-b"), (11, "c"))


@pytest.mark.parametrize("address", ["/lessons/read-it-aloud", "/lessons/read-it-2"])
def test_a_link_to_a_lesson_stays_and_leads_there(address: str) -> None:
    assert f'href="{address}"' in render(f"See [what they learned]({address}).")
    assert inspect_markdown(f"See [this]({address}).").lost == ()


@pytest.mark.parametrize(
    "address", ["/lessons", "/lessons/", "/lessons/a/b", "/lessons/a?b", "/lessons/A", "/account"]
)
def test_no_other_page_of_ours_is_linked_from_course_text(address: str) -> None:
    assert "href" not in render(f"See [this]({address}).")
