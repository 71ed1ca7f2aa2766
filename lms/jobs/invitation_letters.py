"""The letter of an invitation: who invites to what, until when, and the link that nobody else ever sees."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from lms.adapters.mail import Mail, Mailer, Undeliverable
from lms.kernel.database import Database
from lms.kernel.i18n import format_moment, translator
from lms.people.invitations.queries import find_by_id
from lms.people.invitations.service import make_link


async def send_invitations(
    database: Database, mailer: Mailer, base_url: str, invitation_ids: Sequence[UUID]
) -> None:
    """Write and send the letters that are still to go out; run twice each goes out once.

    A link is good once its letter is sent: a crash in between sends another, whose link is the one that opens.
    """
    refused: list[Undeliverable] = []
    for invitation_id in invitation_ids:
        try:
            async with database.transaction() as session:
                secret = await make_link(session, invitation_id)
                row = await find_by_id(session, invitation_id)
                if secret is not None and row is not None:
                    await mailer.send(letter(row, f"{base_url}/invitations/{secret}"))
        except Undeliverable as error:
            refused.append(error)
    if refused:
        raise ExceptionGroup("Invitations were not taken.", refused)


def letter(row: Any, link: str) -> Mail:
    """The letter in the language chosen for it. It names the entity or the partner's coordinator, never UN staff."""
    says = translator(row.language)
    who = row.entity_name or row.invited_by
    told = {"who": who, "partner": row.partner_name}
    lines = [says.gettext("%(who)s invites you to learn here as one of the people of %(partner)s.", **told)]
    if row.purpose_title:
        lines.append(says.gettext("What it is about: %(title)s", title=row.purpose_title))
    until = format_moment(row.expires_at, row.language)
    lines += [
        says.gettext(
            "Look at the invitation and accept it here. The link works once, for this address, until %(moment)s:",
            moment=until,
        ),
        link,
        says.gettext("If you did not expect this, do nothing: no account is made unless you accept."),
    ]
    subject = says.gettext("An invitation from %(who)s", who=who)
    return Mail(f"invited:{row.id}:{row.sendings}", row.email, subject, "\n\n".join(lines) + "\n")
