"""The API's reference and the pages of problem types, made on the server from what the code says of itself."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from markupsafe import Markup, escape

from lms.kernel.access import Actor
from lms.kernel.errors import DomainError, NotFound
from lms.settings import Settings
from lms.web.given import texts
from lms.web.session import show, visitor

router = APIRouter()
Visitor = Annotated[Actor | None, Depends(visitor)]
METHODS = ("get", "post", "put", "patch", "delete")
_DEPTH = 6  # of an example; a schema that holds itself ends there


# -- operations --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Field:
    """A parameter, or a member of a body or an answer; `path` is its place, "modules[].key"."""

    path: str
    kind: str
    required: bool
    says: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A status that an operation may answer with, and what the body then holds."""

    status: str
    says: str
    content: str | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Operation:
    """One route and method as the reference shows it."""

    anchor: str
    tag: str
    method: str
    path: str
    summary: str
    parameters: tuple[Field, ...]
    body_kind: str | None
    body: tuple[Field, ...]
    answers: tuple[Answer, ...]
    problems: tuple[str, ...]
    curl: str


def operations_of(document: dict[str, Any], *, base_url: str) -> list[Operation]:
    """Every operation of an OpenAPI document, in its order."""
    return [
        _operation(document, path, method, item[method], base_url)
        for path, item in document["paths"].items()
        for method in METHODS
        if method in item
    ]


def _operation(
    document: dict[str, Any], path: str, method: str, given: dict[str, Any], base_url: str
) -> Operation:
    kind, schema = _content(given.get("requestBody", {}))
    statuses = given.get("responses", {})
    good = {status: each for status, each in statuses.items() if status.startswith("2")}
    return Operation(
        anchor=f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}",
        tag=(given.get("tags") or ["other"])[0],
        method=method.upper(),
        path=path,
        summary=given.get("description", given.get("summary", "")).strip(),
        parameters=tuple(_parameter(document, each) for each in given.get("parameters", ())),
        body_kind=kind,
        body=tuple(fields_of(document, schema)),
        answers=tuple(_answer(document, status, each) for status, each in good.items()),
        problems=tuple(sorted(status for status in statuses if status not in good)),
        curl=_curl(document, method, path, given, base_url),
    )


def _content(holder: dict[str, Any]) -> tuple[str | None, dict[str, Any]]:
    for kind, media in holder.get("content", {}).items():
        return kind, media.get("schema", {})
    return None, {}


def _parameter(document: dict[str, Any], given: dict[str, Any]) -> Field:
    schema = given.get("schema", {})
    said = [given.get("description", "").strip(), _limits(document, schema)]
    name = f"{given['name']} ({given['in']})"
    kind = kind_of(document, resolve(document, schema))  # null there means left out
    return Field(name, kind, given.get("required", False), " ".join(filter(None, said)))


def _answer(document: dict[str, Any], status: str, given: dict[str, Any]) -> Answer:
    kind, schema = _content(given)
    return Answer(status, given.get("description", ""), kind, tuple(fields_of(document, schema)))


# -- schemas -----------------------------------------------------------------------------------------------


def resolve(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The schema that a reference points to, and the one that is not null where null is allowed beside it."""
    while "$ref" in schema or "anyOf" in schema or "allOf" in schema:
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            continue
        options = schema.get("anyOf") or schema["allOf"]
        schema = next((each for each in options if each.get("type") != "null"), {})
    return schema


def kind_of(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """A schema's kind in a few words: "list of integer", "string (date)", "string or null"."""
    nullable = any(each.get("type") == "null" for each in schema.get("anyOf", ()))
    found = resolve(document, schema)
    if "enum" in found:
        kind = " | ".join(json.dumps(each) for each in found["enum"])
    elif "const" in found:
        kind = json.dumps(found["const"])
    elif found.get("type") == "array":
        kind = f"list of {kind_of(document, found.get('items', {}))}"
    else:
        kind = found.get("type", "any")
        if "format" in found:
            kind += f" ({found['format']})"
    return f"{kind} or null" if nullable else kind


def fields_of(
    document: dict[str, Any], schema: dict[str, Any], prefix: str = "", depth: int = 0
) -> list[Field]:
    """Members of a schema, those of members below them."""
    found = resolve(document, schema)
    if found.get("type") == "array":
        return fields_of(document, found.get("items", {}), f"{prefix}[]", depth + 1)
    if depth > _DEPTH:
        return []
    fields: list[Field] = []
    for name, member in found.get("properties", {}).items():
        path = f"{prefix}.{name}" if prefix else name
        says = " ".join(filter(None, [member.get("description", ""), _limits(document, member)]))
        fields.append(Field(path, kind_of(document, member), name in found.get("required", ()), says))
        fields += fields_of(document, member, path, depth + 1)
    return fields


_LIMITS = {
    "default": "left out: {}",
    "minimum": "at least {}",
    "maximum": "at most {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches {}",
}


def _limits(document: dict[str, Any], schema: dict[str, Any]) -> str:
    known = resolve(document, schema) | {name: schema[name] for name in ("default",) if name in schema}
    parts = [
        words.format(known[name] if isinstance(known[name], int) else json.dumps(known[name]))
        for name, words in _LIMITS.items()
        if known.get(name) is not None
    ]
    return f"({'; '.join(parts)})" if parts else ""


def example_of(document: dict[str, Any], schema: dict[str, Any], depth: int = 0) -> Any:
    """A value that fits a schema: its own example where it has one."""
    if schema.get("examples"):
        return schema["examples"][0]
    found = resolve(document, schema)
    if found.get("examples"):
        return found["examples"][0]
    if "default" in schema:
        return schema["default"]
    if "enum" in found or "const" in found:
        return found.get("enum", [found.get("const")])[0]
    if found.get("type") == "array":
        return [] if depth > _DEPTH else [example_of(document, found.get("items", {}), depth + 1)]
    if found.get("type") == "object" or "properties" in found:
        required = found.get("required", ())
        members = found.get("properties", {}).items()
        return {name: example_of(document, each, depth + 1) for name, each in members if name in required}
    return _plain_example(found)


def _plain_example(schema: dict[str, Any]) -> Any:
    by_format = {
        "date": "2026-11-23",
        "date-time": "2026-11-23T09:30:00Z",
        "uuid": "0193583e-7c1a-7d52-9f6e-1b2c3d4e5f60",
    }
    by_type = {"integer": 1, "number": 1.5, "boolean": True}
    return by_format.get(schema.get("format", ""), by_type.get(schema.get("type", ""), "text"))


def _curl(document: dict[str, Any], method: str, path: str, given: dict[str, Any], base_url: str) -> str:
    """A command that can be run once the token, and the ids in it, are real."""
    parameters = given.get("parameters", ())
    for each in parameters:
        if each["in"] == "path":
            path = path.replace("{" + each["name"] + "}", "$" + each["name"].upper())
    asked = [
        f"{each['name']}={example_of(document, each.get('schema', {}))}"
        for each in parameters
        if each["in"] == "query" and each.get("required")
    ]
    address = f"{base_url}{path}" + ("?" + "&".join(asked) if asked else "")
    lines = ["curl" + ("" if method == "get" else f" -X {method.upper()}")]
    lines.append('-H "Authorization: Bearer $TOKEN"')
    kind, schema = _content(given.get("requestBody", {}))
    if kind == "application/json":
        body = json.dumps(example_of(document, schema), ensure_ascii=False).replace("'", "'\\''")
        lines += ['-H "Content-Type: application/json"', f"-d '{body}'"]
    elif kind == "multipart/form-data":
        lines.append("-F file=@file.pdf")
    elif kind is not None:
        lines += [f'-H "Content-Type: {kind}"', "--data-binary @file"]
    return " \\\n  ".join([*lines, f'"{address}"'])


def coded(words: str) -> Markup:
    """A description as its author wrote it: what stands between backquotes is code."""
    parts = words.split("`")
    if len(parts) % 2 == 0:
        return escape(words)
    shown = (
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )
    return Markup("").join(shown)


# -- pages -------------------------------------------------------------------------------------------------


def _operations(request: Request) -> list[Operation]:
    """Made once a process: neither the routes nor the address change while it runs."""
    state = request.app.state
    if not hasattr(state, "reference"):
        settings: Settings = state.settings
        state.reference = operations_of(request.app.openapi(), base_url=settings.base_url)
    found: list[Operation] = state.reference
    return found


def _by_tag(operations: list[Operation]) -> dict[str, list[Operation]]:
    tags: dict[str, list[Operation]] = {}
    for each in operations:
        tags.setdefault(each.tag, []).append(each)
    return tags


@router.get("/api/docs")
async def index(request: Request, actor: Visitor) -> Response:
    """How to call the API, and every route by what it is about."""
    settings: Settings = request.app.state.settings
    context = {
        "tags": _by_tag(_operations(request)),
        "base_url": settings.base_url,
        "coded": coded,
        "description": request.app.openapi()["info"].get("description", ""),
    }
    return show(request, "reference/index.html", context)


@router.get("/api/docs/{tag}")
async def of_tag(request: Request, actor: Visitor, tag: str) -> Response:
    """The routes about one thing, each with parameters, body, answers and an example."""
    tags = _by_tag(_operations(request))
    if tag not in tags:
        raise NotFound(f"The API has nothing called {tag!r}.")
    context = {"tag": tag, "tags": list(tags), "operations": tags[tag], "coded": coded}
    return show(request, "reference/tag.html", context)


# -- problems ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProblemType:
    """A kind of problem: its name under /problems/, its status, and what it means."""

    name: str
    title: str
    status: int
    says: str


_FROM_OUTSIDE = (
    ProblemType(
        "unreadable", "The request cannot be read", 400, "The body is not what its content type says."
    ),
    ProblemType(
        "method", "This address does not take that method", 405, "The `Allow` header says which it takes."
    ),
    ProblemType("http", "The request cannot be served as it stands", 400, "The detail says why."),
)
"""Problems that come from reading HTTP itself, before any rule of ours."""


@cache
def problem_types() -> dict[str, ProblemType]:
    """Every kind of problem by name; a name that several kinds share is explained by the most general."""
    found = {each.name: each for each in _FROM_OUTSIDE}
    kinds: list[type[DomainError]] = [DomainError, *_kinds(DomainError)]
    for kind in kinds:
        own_words = kind.__doc__ if "__doc__" in vars(kind) else None
        says = " ".join((own_words or "").split())
        found.setdefault(kind.type, ProblemType(kind.type, kind.title, kind.status, says))
    return dict(sorted(found.items()))


def _kinds(kind: type[DomainError]) -> list[type[DomainError]]:
    below = kind.__subclasses__()
    return below + [each for sub in below for each in _kinds(sub)]


def what_to_do(request: Request) -> dict[int, str]:
    """By status, what whoever meets a problem can do about it."""
    _ = texts(request).gettext
    return {
        400: _("Look at the request as it was sent: its body, its content type, its address."),
        401: _(
            "Sign in, or send a good token: “Authorization: Bearer …”. A token may have expired or been revoked."
        ),
        403: _(
            "Use an account or token whose roles include it. Asking again with the same one does not help."
        ),
        404: _("Check the address and the ids in it. What one may not see looks as if it were not there."),
        405: _("Use a method that the reference lists for this address."),
        409: _("Read the thing again as it is now, then decide anew. Sending the same again does not help."),
        410: _("Its time is over. Begin anew where that is offered."),
        412: _("Read it again, take the new ETag, and send the change with it."),
        413: _("Send less at once."),
        415: _("Send a kind of content that the reference lists for this address."),
        422: _("Look at “errors”: each names the place by a JSON pointer and says what is wrong there."),
        428: _("Read the thing first and send its ETag in If-Match."),
        429: _("Wait for as many seconds as Retry-After says."),
        500: _("It is our mistake. Tell the operators the request id; the log knows it."),
        503: _("Try again shortly, after Retry-After where it is given. Nothing was changed."),
    }


@router.get("/problems")
async def problems(request: Request, actor: Visitor) -> Response:
    """Every kind of problem, by name."""
    return show(request, "reference/problems.html", {"problems": list(problem_types().values())})


@router.get("/problems/{name}")
async def problem(request: Request, actor: Visitor, name: str) -> Response:
    """One kind of problem: what it means and what to do."""
    found = problem_types().get(name)
    if found is None:
        raise NotFound(f"There is no kind of problem called {name!r}.")
    context = {"problem": found, "advice": what_to_do(request).get(found.status, ""), "coded": coded}
    return show(request, "reference/problem.html", context)
