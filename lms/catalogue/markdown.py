"""Course text: Markdown to harmless HTML, and what the checks need to know of it. One grammar for both.

Two nets, one behind the other: the parser takes no HTML, and nh3 lets through only what is listed here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from .domain import Source

_CITATION = re.compile(r"\[([a-z0-9]+(?:-[a-z0-9]+)*)\](?!\()")
_CITATION_AND_MORE = re.compile(r"\[([a-z0-9]+(?:-[a-z0-9]+)*)[,;:. ][^\]\[]*\](?!\()")
_LOWEST_HEADING = 6


LESSON = re.compile(r"/lessons/[a-z0-9]+(?:-[a-z0-9]+)*")
"""The address of a lesson, the one page of ours to which course text may link: it stays, even when withdrawn."""
_OUTSIDE = re.compile(r"https?://|mailto:|#source-", re.IGNORECASE)


def _harmless(tag: str, name: str, value: str) -> str | None:
    """Links lead to the list of sources, to a lesson or out to the web, never into the product's other pages."""
    if (tag, name) == ("a", "href") and not _OUTSIDE.match(value) and not LESSON.fullmatch(value):
        return None
    return value


_CELL_CLASSES = {"align-left", "align-center", "align-right"}
_CLEANER = nh3.Cleaner(
    tags={
        *("p", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "blockquote", "pre", "code", "hr", "br"),
        *("strong", "em", "a", "table", "thead", "tbody", "tr", "th", "td"),
    },
    clean_content_tags={"script", "style"},
    attributes={"a": {"href", "title"}, "ol": {"start"}},
    allowed_classes={"a": {"citation"}, "th": _CELL_CLASSES, "td": _CELL_CLASSES},
    attribute_filter=_harmless,
    url_schemes={"http", "https", "mailto"},
    link_rel="noopener noreferrer",
    strip_comments=True,
)


@dataclass(frozen=True, slots=True)
class MarkdownFacts:
    """What the checks look at. Every list holds lines (from 1, in the text given), citations with their id.

    `crowded` are brackets that begin like a citation but hold more, such as `[sg-2007, para. 3]`; `lost` are links to
    lessons by no address a lesson can have.
    """

    citations: tuple[tuple[int, str], ...]
    crowded: tuple[tuple[int, str], ...]
    html: tuple[int, ...]
    pictures: tuple[int, ...]
    top_headings: tuple[int, ...]
    lost: tuple[tuple[int, str], ...] = ()

    def moved(self, by: int) -> MarkdownFacts:
        """The same facts for a text that begins `by` lines further down in its file."""
        return MarkdownFacts(
            citations=tuple((line + by, key) for line, key in self.citations),
            crowded=tuple((line + by, key) for line, key in self.crowded),
            html=tuple(line + by for line in self.html),
            pictures=tuple(line + by for line in self.pictures),
            top_headings=tuple(line + by for line in self.top_headings),
            lost=tuple((line + by, address) for line, address in self.lost),
        )


def render(markdown: str, sources: Iterable[Source] = (), *, top_heading: int = 2) -> str:
    """Safe HTML of course text, headings shifted so that the highest becomes `top_heading`.

    `[sg-2007]` becomes a link to `#source-sg-2007` whose text is the source's number in `sources`: the page
    shows the course's sources as a numbered list, in the order of `course.sources`, with these anchors.
    An id that is not in `sources` stays as written. Whatever comes in, what goes out is harmless.
    """
    numbered = {source.id: (number, source) for number, source in enumerate(sources, 1)}
    env = {"sources": numbered, "top_heading": top_heading}
    return _CLEANER.clean(_RENDERING.render(markdown, env))


def inspect_markdown(markdown: str) -> MarkdownFacts:
    """Read course text as `render` does, but allow HTML, so that it can be found and named."""
    seen: list[tuple[str, int, str]] = []
    for token in _INSPECTING.parse(markdown, {"sources": {}}):
        seen.extend(_seen_in(token))
    return MarkdownFacts(
        citations=tuple((line, content) for sort, line, content in seen if sort == "citation"),
        crowded=tuple((line, content) for sort, line, content in seen if sort == "crowded"),
        html=tuple(dict.fromkeys(line for sort, line, _ in seen if sort in ("html_block", "html_inline"))),
        pictures=tuple(line for sort, line, _ in seen if sort == "image"),
        top_headings=tuple(line for sort, line, _ in seen if sort == "h1"),
        lost=tuple((line, address) for sort, line, address in seen if sort == "lost"),
    )


def _seen_in(token: Token) -> Iterator[tuple[str, int, str]]:
    line = token.map[0] + 1 if token.map else 1
    if token.type == "html_block":
        yield "html_block", line, token.content
    if token.type == "heading_open" and token.tag == "h1":
        yield "h1", line, ""
    for child in token.children or ():
        if child.type == "text":
            yield from (("crowded", line, found[1]) for found in _CITATION_AND_MORE.finditer(child.content))
        address = str(child.attrs.get("href", ""))
        if address.startswith(("/lessons", "lesson:")) and not LESSON.fullmatch(address):
            yield "lost", line, address
        yield child.type, line, child.content
        line += child.type in ("softbreak", "hardbreak")


def _citation_rule(state: StateInline, silent: bool) -> bool:
    """`[key]` that is not the text of a link; the parser has already dealt with code and backslashes."""
    found = _CITATION.match(state.src, state.pos, state.posMax)
    if found is None or state.linkLevel:
        return False
    if not silent:
        state.push("citation", "", 0).content = found[1]
    state.pos = found.end()
    return True


def _shift_headings(state: StateCore) -> None:
    """The page has its own h1: the highest heading of the text comes next below it."""
    headings = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=0)
    shift = int(state.env.get("top_heading", highest)) - highest
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) + shift, _LOWEST_HEADING)}"


def _align_by_class(state: StateCore) -> None:
    """A strict content security policy takes no style attributes."""
    for token in state.tokens:
        if token.type in ("th_open", "td_open") and (style := token.attrs.pop("style", None)):
            token.attrs["class"] = "align-" + str(style).removeprefix("text-align:")


def _render_citation(
    _renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: Any, env: Mapping[str, Any]
) -> str:
    key = tokens[index].content
    if key not in env["sources"]:
        return f"[{key}]"
    number, source = env["sources"][key]
    title = ", ".join(str(each) for each in (source.symbol, source.title, source.year) if each)
    return f'<a class="citation" href="#source-{key}" title="{html.escape(title)}">[{number}]</a>'


def _parser(*, with_html: bool) -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": with_html}).enable("table").disable("reference")
    parser.inline.ruler.before("link", "citation", _citation_rule)
    if with_html:
        return parser
    parser.core.ruler.push("shift_headings", _shift_headings)
    parser.core.ruler.push("align_by_class", _align_by_class)
    parser.add_render_rule("citation", _render_citation)
    return parser


_RENDERING = _parser(with_html=False)
_INSPECTING = _parser(with_html=True)
