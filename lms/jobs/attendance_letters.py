"""The mail to a host that has not signed for its people's attendance. It names nobody."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.joint_trainings.domain.signoff import add_working_days
from lms.joint_trainings.policies.attendance import attendance_policy
from lms.kernel.i18n import format_day, translator

# Whoever accepted for the host, and who acts for exactly it today: a partner's coordinators, an entity's focal points.
_REMINDED = text(
    """SELECT DISTINCT r.id, r.recorded_at, s.title, s.ends_at, s.id AS session_id, t.title AS training,
              p.id AS person_id, p.email, p.language
         FROM attendance_reminders r
         JOIN training_sessions s ON s.id = r.session_id JOIN joint_trainings t ON t.id = s.training_id
         JOIN training_hosts h ON h.id = r.host_id
         JOIN persons p ON p.email IS NOT NULL AND p.erased_at IS NULL AND (
              EXISTS (SELECT 1 FROM role_grants g WHERE g.person_id = p.id AND g.revoked_at IS NULL
                         AND (g.until_on IS NULL OR g.until_on >= current_date)
                         AND (g.partner_id = h.partner_id AND g.role = 'partner_coordinator'
                              OR g.partner_id IS NULL AND g.entity_id = h.entity_id AND g.role = 'focal_point'))
              OR p.id = h.accepted_by_id)
        WHERE r.id = ANY(CAST(:ids AS uuid[])) ORDER BY r.id, p.id"""
)


async def sign_attendance(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To those who act for the host: sign by a day, else the facilitators' list closes it."""
    mails = []
    for row in await session.execute(_REMINDED, {"ids": list(ids)}):
        says = translator(row.language)
        last = add_working_days(row.recorded_at.date(), attendance_policy().silence.close_after)
        told = {
            "session": row.title,
            "training": row.training,
            "day": format_day(row.ends_at.date(), row.language),
            "last": format_day(last, row.language),
        }
        subject = says.gettext("Attendance to sign: %(training)s", **told)
        body = says.gettext(
            "The session “%(session)s” of “%(training)s” was on %(day)s, and the attendance of your people is not "
            "signed. Sign it before %(last)s; from that day on it is closed by the facilitators' list.",
            **told,
        )
        link = f"{base_url}/sessions/{row.session_id}/sign-off"
        mails.append(Mail(f"attendance:{row.id}:{row.person_id}", row.email, subject, f"{body}\n\n{link}\n"))
    return mails
