"""Making, changing and moving entities: an entity carries the path of its ancestors, so a move rewrites paths."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.errors import Conflict, Fault, NotAllowed
from lms.kernel.events import publish
from lms.kernel.i18n import sort_key
from lms.people import queries
from lms.people.domain import EntityChanged, EntityLoop
from lms.people.models import Entity
from lms.people.turns import take_turn_with_entities

FIELDS = (
    "name",
    "kind",
    "focuses",
    "modality",
    "strategy_title",
    "strategy_year",
    "strategy_url",
    "learning_days",
)
_MOVE = text(
    """UPDATE entities SET path = :new || substr(path, length(:old) + 1), revision = revision + 1
        WHERE starts_with(path, :old)"""
)


class EntityExists(Conflict):
    type, title = "entity-exists", "There is an entity with this key"


class EntityOutOfReach(NotAllowed):
    type, title = "entity-out-of-reach", "You may make and move entities below your own only"


async def create_entity(
    session: AsyncSession, *, acting: Actor | None, key: str, parent: str | None, values: Mapping[str, Any]
) -> Entity:
    """A new entity under `parent` (None: an organisation of its own). `values`: `name` and `kind` at least."""
    await take_turn_with_entities(session)
    above = None if parent is None else await queries.get_entity(session, parent)
    _check_reach(acting, above.path if above else "/")
    if await queries.find_entity(session, key) is not None:
        raise EntityExists(
            f"There is an entity {key!r} already.", faults=[Fault("/key", "This key is taken.")]
        )
    entity = Entity(
        key=key,
        parent_id=above.id if above else None,
        path=f"{above.path if above else '/'}{key}/",
        sort_key=sort_key(values["name"]),
        **{name: values[name] for name in FIELDS if name in values},
    )
    session.add(entity)
    await session.flush()
    after = {"parent": parent, **{name: values[name] for name in FIELDS if name in values}}
    await _tell(session, acting, entity, {}, after)
    return entity


async def change_entity(
    session: AsyncSession, *, acting: Actor | None, entity: Entity, values: Mapping[str, Any]
) -> bool:
    """Change what `values` names (`parent` moves it, None: to the top); whether anything was different."""
    await take_turn_with_entities(session)
    await session.refresh(entity)  # its path, now that nobody else moves it
    moved = await _move(session, acting, entity, values["parent"]) if "parent" in values else {}
    different = {
        name: values[name] for name in FIELDS if name in values and values[name] != getattr(entity, name)
    }
    before = {name: getattr(entity, name) for name in different}
    for name, value in different.items():
        setattr(entity, name, value)
    if different:
        entity.sort_key, entity.revision = sort_key(entity.name), entity.revision + 1
        await session.flush()
    if different or moved:
        await _tell(
            session, acting, entity, before | moved.get("before", {}), different | moved.get("after", {})
        )
    return bool(different or moved)


async def _move(
    session: AsyncSession, acting: Actor | None, entity: Entity, parent: str | None
) -> dict[str, dict[str, Any]]:
    """Put an entity and all below it elsewhere; before and after, empty when it is there already."""
    above = None if parent is None else await queries.get_entity(session, parent)
    if (above.id if above else None) == entity.parent_id:
        return {}
    if above is not None and above.path.startswith(entity.path):
        sentence = f"{entity.key!r} cannot lie under {above.key!r}, which lies under it."
        raise EntityLoop(sentence, faults=[Fault("/parent", sentence)])
    old, new = entity.path, f"{above.path if above else '/'}{entity.key}/"
    _check_reach(acting, old.removesuffix(f"{entity.key}/"))
    _check_reach(acting, above.path if above else "/")
    entity.parent_id = above.id if above else None
    await session.flush()
    await session.execute(_MOVE, {"old": old, "new": new})
    await session.refresh(entity)
    return {"before": {"path": old}, "after": {"path": new, "parent": parent}}


def _check_reach(acting: Actor | None, path: str) -> None:
    """Raise unless the actor manages what lies at `path`; the command line (None) manages everything."""
    if acting is not None and not acting.may(Permission.PEOPLE_MANAGE, path):
        raise EntityOutOfReach()


async def _tell(
    session: AsyncSession, acting: Actor | None, entity: Entity, before: dict[str, Any], after: dict[str, Any]
) -> None:
    data = {"key": entity.key, "on": clock.today().isoformat(), "before": before, "after": after}
    await publish(
        session, [EntityChanged(subject_id=entity.id, entity_id=entity.id, data=data)], acting=acting
    )
