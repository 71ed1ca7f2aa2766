"""From a template's name and what it shows to a page in the reader's language."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode

from jinja2 import BaseLoader, Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from lms.kernel import i18n
from lms.kernel.errors import Fault

from . import charts
from .static_files import static_url

TEMPLATES = Path(__file__).parent / "templates"
SIGN_IN, SIGN_OUT, CHOOSE_LANGUAGE = "/sign-in", "/sign-out", "/language"
# What a page may load: nothing that is not ours, nothing inline. htmx needs no more, set up as in base.html.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
# One slash and then none: browsers read "//host" and "/\\host" as another site.
_LOCAL = re.compile(r"/(?![/\\])")


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main navigation or of the account menu; at most one of a list is `current`."""

    label: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class NavGroup:
    """Entries of the main navigation under one word, so that a bar of many stays one line."""

    label: str
    items: tuple[NavItem, ...]

    @property
    def current(self) -> bool:
        """Whether the page is one of these."""
        return any(item.current for item in self.items)


@dataclass(frozen=True, slots=True)
class Flash:
    """One line about what has just happened, shown once at the top of the next page."""

    text: str
    kind: Literal["done", "attention"] = "done"


def page(
    request: Request, template: str, context: Mapping[str, Any] | None = None, *, status: int = 200
) -> HTMLResponse:
    """A whole page. A name that the template uses and nobody gave raises.

    Read from `request.state`, each with a default so that an error page can be made at any point: language,
    actor (name, time_zone), csrf_token, flashes, nav, account, footer (NavItems; in nav NavGroups too). `context`
    may replace any.
    """
    language = language_of(request)
    given = _shared(request, language) | {"status": status} | dict(context or {})
    body = environment(language).get_template(template).render(given)
    headers = {"content-language": language, "vary": "cookie, accept-language"}
    return HTMLResponse(body, status_code=status, headers=headers)


def language_of(request: Request) -> str:
    """The language of the answer to this request, also where nobody has decided it yet."""
    decided = getattr(request.state, "language", None)
    return decided or i18n.negotiate(request.headers.get("accept-language"), None, None)


@cache
def environment(language: str) -> Environment:
    """The product's templates in one language, made once in a process."""
    return build_environment(language, FileSystemLoader(TEMPLATES))


def build_environment(language: str, loader: BaseLoader) -> Environment:
    """An environment of its own for each language, so that macros imported without context still speak it."""
    made = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.policies["ext.i18n.trimmed"] = True
    _install_texts(made, language)
    _install_formats(made, language)
    _install_globals(made, language)
    return made


def errors_by_field(faults: Sequence[Fault]) -> dict[str, str]:
    """Faults of a `DomainError` as forms take them: "/title" is the field `title`, "" the whole form."""
    return {fault.pointer.rpartition("/")[2]: fault.detail for fault in faults}


def local_path(target: str | None, otherwise: str = "/") -> str:
    """An address to send a reader on to, if it lies on this site, else `otherwise`; never another's."""
    given = target or ""
    return given if _LOCAL.match(given) and given.isprintable() else otherwise


def with_query(address: str, **changes: object) -> str:
    """An address with some of its query changed; None takes a parameter away. Filters survive a new order."""
    path, _, query = address.partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in changes]
    added = [(name, str(value)) for name, value in changes.items() if value is not None]
    return path + ("?" + urlencode(kept + added) if kept or added else "")


def written_in(language: str) -> Markup:
    """The attributes of an element whose text is in another language than the page."""
    return Markup('lang="{}" dir="{}"').format(language, i18n.direction_of(language))


def isolated(text: str) -> Markup:
    """A name within a sentence, kept from running together with words that are read the other way."""
    return Markup("<bdi>{}</bdi>").format(text)


def _shared(request: Request, language: str) -> dict[str, Any]:
    state = request.state
    actor = getattr(state, "actor", None)
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return {
        "language": language,
        "direction": i18n.LANGUAGES[language].direction,
        "languages": _language_links(language, address),
        "address": address,
        "actor": actor,
        "zone": getattr(actor, "time_zone", i18n.UTC),
        "csrf_token": getattr(state, "csrf_token", ""),
        **{name: getattr(state, name, ()) for name in ("flashes", "nav", "account", "footer")},
        "static_url": partial(static_url, request),
    }


def _language_links(current: str, address: str) -> list[dict[str, Any]]:
    back = quote(address, safe="")
    return [
        {
            "code": language.code,
            "name": language.own_name,
            "direction": language.direction,
            "href": f"{CHOOSE_LANGUAGE}/{language.code}?next={back}",
            "current": language.code == current,
        }
        for language in i18n.LANGUAGES.values()
    ]


def _install_texts(made: Environment, language: str) -> None:
    texts = i18n.translator(language).catalogue
    # Added to the environment by its extension, so that jinja2's own types do not know it.
    made.install_gettext_callables(  # type: ignore[attr-defined]
        texts.gettext, texts.ngettext, newstyle=True, pgettext=texts.pgettext, npgettext=texts.npgettext
    )


def _install_formats(made: Environment, language: str) -> None:
    formats: dict[str, Callable[..., str]] = {
        "day": i18n.format_day,
        "day_of_year": i18n.format_day_of_year,
        "decimal": i18n.format_decimal,
        "listing": i18n.format_list,
        "minutes": i18n.format_minutes,
        "money": i18n.format_money,
        "month": i18n.format_month,
        "number": i18n.format_number,
        "percent": i18n.format_percent,
        "points": i18n.format_points,
        "size": i18n.format_size,
    }
    made.filters |= {name: partial(function, language=language) for name, function in formats.items()}
    made.filters["time_left"] = partial(i18n.time_left, language=language)
    made.filters["from_now"] = partial(i18n.day_from_now, language=language)
    made.filters["moment"] = _moment_filter(language)


def _moment_filter(language: str) -> Callable[..., str]:
    @pass_context
    def moment(context: Context, value: datetime, zone: str | None = None) -> str:
        """In the reader's zone; a macro imported without context knows none and says UTC."""
        return i18n.format_moment(value, language, zone or context.get("zone", i18n.UTC))

    return moment


def _install_globals(made: Environment, language: str) -> None:
    made.globals |= {
        "CHOOSE_LANGUAGE": CHOOSE_LANGUAGE,
        "SIGN_IN": SIGN_IN,
        "SIGN_OUT": SIGN_OUT,
        "bar_layout": partial(charts.bar_layout, language=language),
        "direction_of": i18n.direction_of,
        "column_layout": partial(charts.column_layout, language=language),
        "heat_step": charts.heat_step,
        "isolated": isolated,
        "with_query": with_query,
        "written_in": written_in,
    }
