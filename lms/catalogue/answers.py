"""Answers that depend only on what is published, on the address and on the reader's language.

Such an answer is made by the route once and kept as bytes by each process. Who asks, with which rights, and what
is published last are read on every request, so a kept answer is given only to someone who may have it and never
after something else was published.
"""

from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant

from lms.catalogue.queries import newest_offers
from lms.kernel.database import Database
from lms.kernel.http import StrictRoute
from lms.people.permits import Permit

_MOST = 500
"""Answers kept by a process, the least recently used ones forgotten first; one of 50 courses has about 25 kB."""


class PublishedRoute(StrictRoute):
    """A GET whose answer is as good for the next reader of the same language; its function has a permit."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        make = super().get_route_handler()
        permit = _permit_of(self.dependant)
        kept: OrderedDict[tuple[UUID, str, str, bytes], Response] = OrderedDict()

        async def published(request: Request) -> Response:
            database: Database = request.app.state.database
            offers = database.together.ask(newest_offers, "offers")
            actor = await permit.check(request, None)
            published_last = await offers
            if published_last is None:
                return await make(request)
            key = (published_last, actor.language, request.scope["path"], request.scope["query_string"])
            answer = kept.get(key)
            if answer is None:
                answer = await make(request)
                _keep(kept, key, answer)
            else:
                kept.move_to_end(key)
            return answer  # sending it changes nothing in it, so it may be sent again

        return published


def _keep(kept: OrderedDict[Any, Response], key: Any, answer: Response) -> None:
    """Keep a good answer; what an older publication answered goes."""
    if answer.status_code != 200:
        return
    for old in [each for each in kept if each[0] != key[0]]:
        del kept[old]
    kept[key] = answer
    if len(kept) > _MOST:
        kept.popitem(last=False)


def _permit_of(dependant: Dependant) -> Permit:
    return next(each.call for each in dependant.dependencies if isinstance(each.call, Permit))
