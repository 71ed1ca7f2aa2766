"""Who is asking, with which rights: read on every request, in one statement."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from lms.kernel.access import Actor, Grant, PartnerGrant
from lms.kernel.statements import fetch
from lms.people.domain import PersonNotFound, partner_permissions_of, permissions_of

# Secret, person, grants, own entity and reporting line in one statement, on every request: nothing about
# rights is cached, so what is revoked is refused by the next request of any process.
_IDENTIFY = """
SELECT s.asked, p.id, p.name, p.language, p.time_zone, s.session_id, s.scopes,
       (SELECT json_agg(json_build_array(g.role, coalesce(e.path, '/'), e.key))
          FROM role_grants g LEFT JOIN entities e ON e.id = g.entity_id
         WHERE g.person_id = p.id AND g.revoked_at IS NULL AND g.partner_id IS NULL
           AND (g.until_on IS NULL OR g.until_on >= current_date)) AS grants,
       (SELECT json_agg(json_build_array(g.role, g.partner_id))
          FROM role_grants g
         WHERE g.person_id = p.id AND g.revoked_at IS NULL AND g.partner_id IS NOT NULL
           AND (g.until_on IS NULL OR g.until_on >= current_date)) AS partner_grants,
       own.path AS entity_path, own.key AS entity_key,
       -- Two questions instead of one with OR, which no index answers; and each asked with LIMIT, since an EXISTS for
       -- several askers is answered by hashing everybody's affiliations.
       coalesce((SELECT true FROM affiliations r WHERE r.first_reporting_officer_id = p.id
                    AND r.from_on <= current_date AND (r.until_on IS NULL OR r.until_on >= current_date) LIMIT 1),
                (SELECT true FROM affiliations r WHERE r.second_reporting_officer_id = p.id
                    AND r.from_on <= current_date AND (r.until_on IS NULL OR r.until_on >= current_date) LIMIT 1),
                false) AS supervises
  FROM ({signed_in}) s
  JOIN persons p ON p.id = s.person_id AND p.erased_at IS NULL
  LEFT JOIN LATERAL (SELECT e.path, e.key FROM affiliations a JOIN entities e ON e.id = a.entity_id
                      WHERE a.person_id = p.id AND a.is_primary AND a.from_on <= current_date
                        AND (a.until_on IS NULL OR a.until_on >= current_date)
                      ORDER BY a.from_on DESC LIMIT 1) own ON true
"""
# Through a sub-select, so that the database does not see how many are asked for: it would make a plan of its own for
# each number, every time, and planning takes longer than the answer.
_ASKED = "ARRAY(SELECT unnest($1::text[]))"
_BY_COOKIE = _IDENTIFY.format(
    signed_in="SELECT token_hash AS asked, person_id, id AS session_id, NULL::jsonb AS scopes FROM sign_ins "
    f"WHERE token_hash = ANY({_ASKED}) AND revoked_at IS NULL AND expires_at > now()"
)
_BY_TOKEN = _IDENTIFY.format(
    signed_in="SELECT token_hash AS asked, person_id, NULL::uuid AS session_id, scopes FROM api_tokens "
    f"WHERE token_hash = ANY({_ASKED}) AND revoked_at IS NULL AND expires_at > now()"
)
_BY_PERSON = _IDENTIFY.format(
    signed_in="SELECT asked, asked AS person_id, NULL::uuid AS session_id, NULL::jsonb AS scopes "
    "FROM unnest($1::uuid[]) AS u(asked)"
)


async def actors_by_cookie(session: AsyncSession, digests: Sequence[str]) -> dict[str, Actor]:
    """Who signed in with the browser sessions whose secrets have these digests; one that has ended is left out."""
    return await _identify(session, _BY_COOKIE, digests)


async def actors_by_token(session: AsyncSession, digests: Sequence[str]) -> dict[str, Actor]:
    """Whose API tokens have these digests; one that is unknown, expired or revoked is left out."""
    return await _identify(session, _BY_TOKEN, digests)


async def get_actor(session: AsyncSession, person_id: UUID) -> Actor:
    """The actor a person is, for jobs and commands that act in their name."""
    found = await _identify(session, _BY_PERSON, [person_id])
    if not found:
        raise PersonNotFound()
    return found[person_id]


async def _identify(session: AsyncSession, statement: str, asked: Sequence[Any]) -> dict[Any, Actor]:
    return {row["asked"]: _actor(row) for row in await fetch(session, statement, asked)}


def _actor(row: Any) -> Actor:
    grants = tuple(Grant(role, path, key) for role, path, key in row["grants"] or ())
    partner_grants = tuple(PartnerGrant(role, UUID(partner)) for role, partner in row["partner_grants"] or ())
    return Actor(
        person_id=row["id"],
        name=row["name"],
        language=row["language"],
        time_zone=row["time_zone"],
        grants=grants,
        permissions=permissions_of(grants, supervises=row["supervises"]),
        partner_grants=partner_grants,
        partner_permissions=partner_permissions_of(partner_grants),
        scopes=None if row["scopes"] is None else frozenset(row["scopes"]),
        entity_path=row["entity_path"],
        entity_key=row["entity_key"],
        supervises=row["supervises"],
        session_id=row["session_id"],
    )
