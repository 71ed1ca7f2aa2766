"""The mail of a new topic session: to focal points who asked for it; of a group's meeting, to members among them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.focal_points.queries import HELD
from lms.kernel.i18n import format_minutes, format_moment, translator

_ASKED = text(
    f"""SELECT s.id, s.title, s.starts_at, s.minutes, h.name AS host,
               p.id AS person_id, p.email, p.language, p.time_zone
          FROM topic_sessions s JOIN persons h ON h.id = s.host_id
          JOIN focal_point_profiles f ON f.wants_sessions AND f.person_id <> s.host_id
          JOIN persons p ON p.id = f.person_id AND p.email IS NOT NULL AND p.erased_at IS NULL
         WHERE s.id = ANY(CAST(:ids AS uuid[])) AND s.state = 'announced' AND s.starts_at > now()
           AND EXISTS (SELECT 1 FROM ({HELD}) held WHERE held.person_id = p.id)
           AND (s.group_id IS NULL OR EXISTS (
                 SELECT 1 FROM working_group_members m
                  WHERE m.group_id = s.group_id AND m.person_id = p.id AND m.left_at IS NULL))
         ORDER BY s.id, p.id"""
)


async def session_announced(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """What is announced, when by the reader's own clock, and where to join."""
    return [_mail(row, base_url) for row in await session.execute(_ASKED, {"ids": list(ids)})]


def _mail(row: Any, base_url: str) -> Mail:
    says = translator(row.language)
    subject = says.gettext("Topic session: %(title)s", title=row.title)
    body = says.gettext(
        "%(name)s announces a session on %(moment)s, %(time)s. Read about it, and join it if you like:",
        name=row.host,
        moment=format_moment(row.starts_at, row.language, row.time_zone),
        time=format_minutes(row.minutes, row.language),
    )
    why = says.gettext("You get this mail because your profile as a focal point asks for it.")
    link = f"{base_url}/focal-points/sessions/{row.id}"
    return Mail(f"topic-session:{row.id}:{row.person_id}", row.email, subject, f"{body}\n\n{link}\n\n{why}\n")
