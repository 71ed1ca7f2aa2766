"""Pages of the agreement itself: its clauses, clearance, signatures; the standard text and who may sign."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from lms.catalogue.domain.wording import compare
from lms.joint_trainings.agreement_texts import standard
from lms.joint_trainings.domain.agreements import FURTHER, AgreementChanged, Decision
from lms.joint_trainings.domain.signing import AuthorityStanding, NoAuthority, best_of, how_stands
from lms.joint_trainings.domain.states import TrainingState
from lms.joint_trainings.models.trainings import JointTraining
from lms.joint_trainings.policies import policy_for
from lms.joint_trainings.queries import agreements as queries
from lms.joint_trainings.queries import signing as signing_queries
from lms.joint_trainings.queries.trainings import acts_for, hosts_of
from lms.joint_trainings.schemas.signing import AuthorityCreate
from lms.joint_trainings.service import agreements, moves, signing
from lms.joint_trainings.service.papers import Papers, papers_of
from lms.joint_trainings.service.parts import require_partner
from lms.kernel import clock
from lms.kernel.access import Actor, Permission
from lms.kernel.database import roll_back
from lms.kernel.errors import DomainError
from lms.kernel.http import DbSession
from lms.kernel.i18n import LANGUAGES
from lms.partners.queries import names_by_id
from lms.people.queries import entities_in_scope
from lms.reports import agreement_words as words
from lms.reports.agreement_endpoints import pdf_answer
from lms.web.difference_view import folded
from lms.web.given import Errors, Values, given, said, texts
from lms.web.session import page_permit, redirect, show
from lms.web.training_parts import Part, Seen, wrong
from lms.web.training_words import in_the_way

router = APIRouter()
_READ, _HOST = Permission.TRAININGS_READ, Permission.TRAININGS_HOST
_CLEAR, _SELF = Permission.AGREEMENTS_CLEAR, Permission.SELF


# -- the agreement and its clauses -------------------------------------------------------------------------


async def _agreement(part: Seen, session: AsyncSession) -> dict[str, Any]:
    require_partner(part.hosts)
    papers = await papers_of(session, part.training, part.hosts)
    found = await moves.obstacles_to(session, part.training, part.hosts, TrainingState.AGREED)
    last = await queries.last_request_of(session, part.training.id)
    is_office = any(host.path and acts_for(part.actor, host, _CLEAR) for host in part.hosts)
    return {
        **_content(papers, part.language),
        "left": in_the_way(found, part.language),
        "asked_at": last.recorded_at if last and last.legal_digest == papers.legal_digest else None,
        "clearances": await queries.clearances_of(session, part.training.id),
        "signatures": await signing_queries.signatures_of(session, part.training.id),
        "is_office": is_office,
        "own_languages": [(each, LANGUAGES[each].own_name) for each in LANGUAGES],
    }


def _content(papers: Papers, language: str) -> dict[str, Any]:
    """The agreement in words: its clauses with their difference, and the reasons why it needs clearance."""
    before = {each.key: each.text for each in papers.standard.in_language(papers.training.language)}
    whys = words.whys(language)
    return {
        "papers": papers,
        "clauses": [
            each
            | {
                "sides": folded(compare(before.get(each["key"], ""), each["text"]))
                if each["is_changed"]
                else []
            }
            for each in papers.content["clauses"]
        ],
        "further": FURTHER,
        "why_clearance": [whys[each.value] for each in papers.why_clearance],
        "items": words.items(language),
        "answers": words.answers(language),
        "kinds": words.cost_kinds(language),
        "whom": words.for_whom(language),
    }


AGREEMENT = Part("trainings/agreement.html", _agreement, "/agreement")


@router.get("/trainings/{training_id:uuid}/agreement")
async def agreement_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_READ)
) -> Response:
    """The clauses, what differs from the standard ones, and how clearance and signatures stand."""
    return await AGREEMENT.page(request, session, actor, training_id)


@router.get("/trainings/{training_id:uuid}/agreement.pdf")
async def agreement_file(
    request: Request,
    session: DbSession,
    training_id: UUID,
    actor: Actor = page_permit(_SELF),
    language: Annotated[str, Query(max_length=2)] = "",
) -> Response:
    """The agreement as a file, in the language chosen."""
    chosen = language if language in LANGUAGES else request.state.language
    return await pdf_answer(session, training_id, actor, chosen)


@router.post("/trainings/{training_id:uuid}/clauses/{key}")
async def change_clause(
    request: Request, session: DbSession, training_id: UUID, key: str, actor: Actor = page_permit(_HOST)
) -> Response:
    """Write a clause in other words, or have the standard ones hold again."""

    async def work(at: AsyncSession, who: Actor, training: JointTraining, values: dict[str, str]) -> None:
        if values.get("revision") != str(training.revision):
            raise AgreementChanged()
        if values.get("restore"):
            await agreements.restore_clause(at, acting=who, training=training, key=key)
        else:
            text = values.get("text", "")[: agreements.MOST]
            await agreements.change_clause(at, acting=who, training=training, key=key, words=text)

    return await AGREEMENT.act(request, session, actor, training_id, work)


@router.post("/trainings/{training_id:uuid}/agreement/clearance")
async def ask_or_decide(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Have the legal office look at it; or, as legal office, decide on what was seen."""

    async def work(at: AsyncSession, who: Actor, training: JointTraining, values: dict[str, str]) -> None:
        decision = values.get("decision")
        if decision not in set(Decision):
            await agreements.ask_clearance(at, acting=who, training=training)
            return
        await agreements.decide_clearance(
            at,
            acting=who,
            training=training,
            digest=values.get("digest", ""),
            decision=Decision(decision),
            words=values.get("words", "")[:2_000],
        )

    return await AGREEMENT.act(request, session, actor, training_id, work)


# -- signing -----------------------------------------------------------------------------------------------


@router.get("/trainings/{training_id:uuid}/agreement/sign")
async def sign_page(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """All that one signs, whole, and for whom one may sign it."""
    return await _sign_page(request, session, actor, training_id, {})


async def _sign_page(
    request: Request, session: AsyncSession, actor: Actor, training_id: UUID, errors: Errors
) -> Response:
    training = await signing_queries.get_training_to_sign(session, training_id, actor=actor)
    hosts = (await hosts_of(session, [training_id]))[training_id]
    require_partner(hosts)
    papers, language = await papers_of(session, training, hosts), request.state.language
    left = await signing.left_before_signing(session, papers)
    standings = await _own_standings(session, actor, papers)
    signed = {
        row.host_id: row
        for row in await signing_queries.signatures_of(session, training_id)
        if row.digest == papers.digest
    }
    context = {
        **_content(papers, language),
        "training": training,
        "hosts": hosts,
        "left": in_the_way(left, language),
        "is_assessed": training.state == TrainingState.ASSESSED,
        "standings": standings,
        "why_not": words.why_not_signed(language),
        "signed": signed,
        "reads_it": actor.may(_READ),
        "errors": errors,
    }
    return show(request, "trainings/sign.html", context, status=422 if errors else 200)


async def _own_standings(session: AsyncSession, actor: Actor, papers: Papers) -> dict[UUID, str]:
    """By host, how the reader's own authority to sign for it stands."""
    today, found = clock.today(), dict[UUID, str]()
    for host_id, rows in (await signing_queries.authorities_for(session, papers.hosts, today)).items():
        own = [how_stands(row, today, papers.values) for row in rows if row.person_id == actor.person_id]
        best = best_of(own)
        if best is not None:
            found[host_id] = best.value
    return found


@router.post("/trainings/{training_id:uuid}/agreement/sign")
async def sign(
    request: Request, session: DbSession, training_id: UUID, actor: Actor = page_permit(_SELF)
) -> Response:
    """Sign what was shown, for a host."""
    values = await given(request)
    try:
        host_id = UUID(values.get("host", ""))
        digest = values.get("digest", "")
        await signing.sign(session, acting=actor, training_id=training_id, host_id=host_id, digest=digest)
    except (ValueError, DomainError) as error:
        await roll_back(session)
        return await _sign_page(request, session, actor, training_id, _refused(request, error))
    flash = texts(request).gettext("You have signed. It counts as long as nothing in it changes.")
    return redirect(request, f"/trainings/{training_id}/agreement/sign", flash=flash)


def _refused(request: Request, error: ValueError | DomainError) -> Errors:
    _ = texts(request).gettext
    if isinstance(error, ValueError):
        return {"": _("Choose for which host you sign.")}
    return said(
        error,
        {
            AgreementChanged: _("The agreement is no longer what you saw. Read it again before you decide."),
            NoAuthority: _("You hold no authority to sign for this host now."),
        },
    )


@router.get("/agreements/to-sign")
async def to_sign(request: Request, session: DbSession, actor: Actor = page_permit(_SELF)) -> Response:
    """Agreements that wait for one's signature."""
    rows = await signing_queries.waiting_for_signature(session, actor=actor)
    hosts = await hosts_of(session, [row.id for row in rows])
    return show(request, "trainings/to_sign.html", {"rows": rows, "hosts": hosts})


# -- the legal office --------------------------------------------------------------------------------------


@router.get("/agreements")
async def legal_office(request: Request, session: DbSession, actor: Actor = page_permit(_CLEAR)) -> Response:
    """What waits for the legal office, the standard agreement in force, and who has cleared it."""
    return await _office_page(request, session, actor, {})


async def _office_page(request: Request, session: AsyncSession, actor: Actor, errors: Errors) -> Response:
    now, language = standard(policy_for([]).standard_text), request.state.language
    given_clearances = await queries.standard_clearances(session, now.digest)
    cleared = {row.entity for row in given_clearances}
    offices = await entities_in_scope(session, actor=actor, permission=_CLEAR)
    context = {
        "rows": await queries.waiting_for(session, actor=actor, after=None, limit=100),
        "standard": now,
        "clauses": now.in_language(language),
        "clearances": given_clearances,
        "offices": [(each.key, each.name) for each in offices if each.key not in cleared],
        "errors": errors,
    }
    return show(request, "trainings/legal_office.html", context, status=422 if errors else 200)


@router.post("/agreements/standard")
async def clear_standard(
    request: Request, session: DbSession, actor: Actor = page_permit(_CLEAR)
) -> Response:
    """Clear the standard agreement once, for an entity."""
    values = await given(request)
    try:
        entity, digest = values.get("entity", ""), values.get("digest", "")
        await agreements.clear_standard(session, acting=actor, entity=entity, digest=digest)
    except DomainError as error:
        await roll_back(session)
        wrong_here = {"entity": texts(request).gettext("Choose the entity")}
        return await _office_page(request, session, actor, wrong_here if error.status == 404 else said(error))
    flash = texts(request).gettext("The standard agreement is cleared.")
    return redirect(request, "/agreements#standard", flash=flash)


# -- who may sign ------------------------------------------------------------------------------------------


@router.get("/signing-authorities")
async def authorities(request: Request, session: DbSession, actor: Actor = page_permit(_HOST)) -> Response:
    """Who may sign for the entities whose legal office one is, or for one's partner."""
    return await _authorities(request, session, actor, {}, {})


async def _authorities(
    request: Request, session: AsyncSession, actor: Actor, values: Values, errors: Errors
) -> Response:
    today = clock.today()
    rows = await signing_queries.list_authorities(session, actor=actor, today=today, after=None, limit=200)
    offices = await entities_in_scope(session, actor=actor, permission=_CLEAR)
    own = await names_by_id(session, actor.partners(_HOST))
    options = [(f"entity:{each.key}", each.name) for each in offices]
    context = {
        "rows": [(row, how_stands(row, today, {}).value) for row in rows],
        "standings": words.standings(request.state.language),
        "good": AuthorityStanding.GOOD.value,
        "options": options + [(f"partner:{each.key}", each.name) for each in own],
        "values": {"from_on": today.isoformat()} | values,
        "errors": errors,
    }
    return show(request, "trainings/authorities.html", context, status=422 if errors else 200)


@router.post("/signing-authorities")
async def record_authority(
    request: Request, session: DbSession, actor: Actor = page_permit(_HOST)
) -> Response:
    """Record what an instrument delegates."""
    values = await given(request)
    kind, _colon, key = values.get("of", "").partition(":")
    sent = {name: values[name] for name in AuthorityCreate.model_fields if values.get(name)}
    try:
        of = {kind: key} if kind in ("entity", "partner") else {}
        new = AuthorityCreate.model_validate(sent | of)
        await signing.record_authority(session, acting=actor, new=new.new())
    except (ValidationError, DomainError) as error:
        await roll_back(session)
        found = wrong(request, error)
        if "person" in found:
            found["person"] = texts(request).gettext("This is the e-mail of nobody who belongs to it today.")
        if "entity" in found:
            found["of"] = texts(request).gettext("Choose for whom they sign.")
            del found["entity"]
        return await _authorities(request, session, actor, values, found)
    flash = texts(request).gettext("The authority to sign is recorded.")
    return redirect(request, "/signing-authorities", flash=flash)


@router.post("/signing-authorities/{authority_id:uuid}/end")
async def end_authority(
    request: Request, session: DbSession, authority_id: UUID, actor: Actor = page_permit(_HOST)
) -> Response:
    """Have it no longer hold."""
    values = await given(request)
    if not values.get("reason"):
        sentence = texts(request).gettext("Say why.")
        return await _authorities(request, session, actor, {}, {"": sentence})
    reason = values["reason"][:500]
    await signing.end_authority(session, acting=actor, authority_id=authority_id, reason=reason)
    flash = texts(request).gettext("The authority to sign is ended; what was signed by it stays.")
    return redirect(request, "/signing-authorities", flash=flash)
