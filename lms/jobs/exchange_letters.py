"""The mails of needs and offers: introduced, declined, become a draft training. Who left a side is told nothing."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.mail import Mail
from lms.kernel.i18n import translator

# Each side's contact, while they still act for it, with what and who stands on the other side.
_SIDES = """
    SELECT i.id, i.words, s.side, p.id AS person_id, p.email, p.language, m.title,
           o.title AS other_title, coalesce(oe.name, op.name) AS other_owner,
           c.name AS contact, c.email AS contact_email, d.words AS declined_words, t.training_id
      FROM exchange_introductions i
     CROSS JOIN LATERAL (VALUES ('need', i.need_id, i.offer_id), ('offer', i.offer_id, i.need_id))
                AS s(side, mine_id, other_id)
      JOIN exchange_notices m ON m.id = s.mine_id
      JOIN persons p ON p.id = m.contact_id AND p.email IS NOT NULL AND p.erased_at IS NULL
      LEFT JOIN entities me ON me.id = m.entity_id
      LEFT JOIN exchange_notices o ON o.id = s.other_id
      LEFT JOIN persons c ON c.id = o.contact_id
      LEFT JOIN entities oe ON oe.id = o.entity_id
      LEFT JOIN partners op ON op.id = o.partner_id
      LEFT JOIN exchange_declines d ON d.introduction_id = i.id
      LEFT JOIN exchange_drafts t ON t.introduction_id = i.id
     WHERE i.id = ANY(CAST(:ids AS uuid[]))
       AND EXISTS (SELECT 1 FROM role_grants g LEFT JOIN entities ge ON ge.id = g.entity_id
                    WHERE g.person_id = p.id AND g.revoked_at IS NULL
                      AND (g.until_on IS NULL OR g.until_on >= current_date)
                      AND CASE WHEN m.partner_id IS NOT NULL
                               THEN g.role = 'partner_coordinator' AND g.partner_id = m.partner_id
                               ELSE g.role = 'focal_point' AND g.partner_id IS NULL
                                    AND starts_with(me.path, coalesce(ge.path, '/')) END)
"""
_INTRODUCED = text(f"{_SIDES} AND o.id IS NOT NULL")
_DECLINED = text(f"{_SIDES} AND d.side <> s.side")
_DRAFTED = text(f"{_SIDES} AND t.by_id <> p.id")
_INTRODUCERS = text(
    """SELECT i.id, n.title AS title, o.title AS other_title, d.words AS declined_words, p.id AS person_id,
              p.email, p.language
         FROM exchange_introductions i JOIN exchange_declines d ON d.introduction_id = i.id
         JOIN exchange_notices n ON n.id = i.need_id JOIN exchange_notices o ON o.id = i.offer_id
         JOIN persons p ON p.id = i.by_id AND p.email IS NOT NULL AND p.erased_at IS NULL
        WHERE i.id = ANY(CAST(:ids AS uuid[]))"""
)


async def introduced(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To both sides: what stands on the other, and whom to speak to there."""
    mails = []
    for row in await session.execute(_INTRODUCED, {"ids": list(ids)}):
        _ = translator(row.language).gettext
        subject = _("You are introduced to %(owner)s", owner=row.other_owner)
        lines = [
            f"{row.title} – {row.other_title}",
            _("Speak to %(name)s, %(email)s.", name=row.contact, email=row.contact_email or "–"),
            row.words,
            _("Make a draft training of it in one step, or decline:"),
        ]
        mails.append(_mail("introduced", row, subject, lines, f"{base_url}/exchange/introductions/{row.id}"))
    return mails


async def declined(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To the side that did not decline, and to who introduced the two: that nothing comes of it, and why."""
    asked = {"ids": list(ids)}
    rows = [*await session.execute(_DECLINED, asked), *await session.execute(_INTRODUCERS, asked)]
    mails = []
    for row in rows:
        _ = translator(row.language).gettext
        lines = [f"{row.title} – {row.other_title}", row.declined_words]
        address = f"{base_url}/exchange/introductions/{row.id}"
        mails.append(_mail("introduction-declined", row, _("An introduction was declined"), lines, address))
    return mails


async def drafted(session: AsyncSession, ids: Sequence[UUID], base_url: str) -> list[Mail]:
    """To whoever posted, but for who took the step: there is a draft training."""
    mails = []
    for row in await session.execute(_DRAFTED, {"ids": list(ids)}):
        _ = translator(row.language).gettext
        subject = _("A draft training was made: %(title)s", title=row.title)
        lines = [_("It binds nobody until each host has accepted. Look at it:")]
        mails.append(
            _mail("training-drafted", row, subject, lines, f"{base_url}/trainings/{row.training_id}")
        )
    return mails


def _mail(kind: str, row: Any, subject: str, lines: Sequence[str], address: str) -> Mail:
    body = "\n\n".join([*(line for line in lines if line), address])
    return Mail(f"{kind}:{row.id}:{row.person_id}", row.email, subject, f"{body}\n")


LETTERS = {
    "mail.introduced": introduced,
    "mail.introduction_declined": declined,
    "mail.training_drafted": drafted,
}
"""A job's name and the letters it writes."""
