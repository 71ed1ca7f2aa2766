"""Practice described, submitted, attested or refused; facts confirmed. The only writer of the room's tables."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from lms.adapters.storage import StoredFile
from lms.catalogue.queries import get_taxonomy
from lms.catalogue.schema_check import did_you_mean
from lms.completions.domain import EvidenceKind
from lms.completions.models import Evidence
from lms.kernel import clock
from lms.kernel.access import Actor
from lms.kernel.database import table_of
from lms.kernel.errors import Fault
from lms.kernel.events import publish
from lms.kernel.ids import new_id
from lms.partners.queries import id_of
from lms.people.domain import digest_of
from lms.practice import queries
from lms.practice.domain import (
    CONFIRMED_FACTS,
    MOST_FILES,
    Act,
    Answer,
    BadClaim,
    ClaimState,
    ConfirmationAsked,
    ConfirmationOver,
    Described,
    FactsConfirmed,
    NobodyAttests,
    PracticeDecided,
    PracticeSubmitted,
    RatedBy,
    faults_in_attestation,
    faults_in_description,
    faults_in_submission,
    last_valid_day,
    state_after,
    who_attests,
)
from lms.practice.models import (
    PracticeClaim,
    PracticeConfirmation,
    PracticeDecision,
    PracticeFile,
    PracticeRating,
)
from lms.skills.domain import ATTESTED_PRACTICE
from lms.skills.service import Attested, record_attested

evidence = table_of(Evidence)
confirmations = table_of(PracticeConfirmation)
CONFIRM_DAYS = 30


async def describe(
    session: AsyncSession, *, acting: Actor, described: Described, files: Sequence[StoredFile] = ()
) -> PracticeClaim:
    """A new draft; nobody else sees it."""
    partner_id = await _check(session, described, len(files))
    claim = PracticeClaim(
        person_id=acting.person_id, partner_id=partner_id, role=described.role, from_on=described.from_on
    )
    _write(claim, described, partner_id)
    session.add(claim)
    await session.flush()
    _keep_files(session, claim.id, files)
    await session.flush()
    return claim


async def _check(session: AsyncSession, described: Described, files: int) -> UUID:
    """The partner's id; raises `BadClaim` with all that is wrong."""
    faults = faults_in_description(described, clock.today())
    known = [each.key for each in (await get_taxonomy(session)).competencies]
    faults += [
        Fault(f"/levels/{key}", f"There is no {key!r}.{did_you_mean(key, known)}")
        for key in described.levels
        if key not in known
    ]
    partner_id = await id_of(session, described.partner)
    if partner_id is None:
        faults.append(Fault("/partner", "There is no such partner in the register."))
    if files > MOST_FILES:
        faults.append(Fault("/files", f"{MOST_FILES} files at most."))
    if faults or partner_id is None:
        raise BadClaim(faults[0].detail, faults=faults)
    return partner_id


def _write(claim: PracticeClaim, described: Described, partner_id: UUID) -> None:
    for name in ("role", "place", "outcome", "has_interest", "interest_words", "from_on", "until_on"):
        setattr(claim, name, getattr(described, name))
    claim.partner_id = partner_id
    claim.indicators = [asdict(each) for each in described.indicators]
    claim.levels = dict(described.levels)


def _keep_files(session: AsyncSession, claim_id: UUID, kept: Sequence[StoredFile]) -> None:
    for file in kept:
        session.add(
            PracticeFile(
                claim_id=claim_id,
                file_name=file.name,
                file_key=file.key,
                file_type=file.type,
                file_size=file.size,
            )
        )


async def change(
    session: AsyncSession,
    *,
    claim: PracticeClaim,
    described: Described,
    files: Sequence[StoredFile] = (),
) -> None:
    """Write a draft anew; what was refused or taken back becomes one again. `claim` is locked."""
    claim.state = state_after(ClaimState(claim.state), Act.CHANGE).value
    there = len((await queries.files_of(session, [claim.id]))[claim.id])
    _write(claim, described, await _check(session, described, there + len(files)))
    claim.revision += 1
    _keep_files(session, claim.id, files)
    await session.flush()


async def submit(session: AsyncSession, *, acting: Actor, claim: PracticeClaim, described: Described) -> UUID:
    """Ask whoever one reported to then to attest it; the officer's id. Twice is once."""
    if claim.state == ClaimState.SUBMITTED and claim.officer_id is not None:
        return claim.officer_id
    after = state_after(ClaimState(claim.state), Act.SUBMIT)
    faults = faults_in_submission(described)
    if faults:
        raise BadClaim("Something is missing before it can be attested; see errors.", faults=faults)
    officer = await find_officer(session, claim)
    if officer is None:
        raise NobodyAttests()
    claim.state, claim.officer_id, claim.submitted_at = after.value, officer, clock.now()
    claim.revision += 1
    for competency, level in sorted(claim.levels.items()):
        session.add(_rating(claim, competency, level, RatedBy.ONESELF, acting.person_id))
    await session.flush()
    data = {"person": str(claim.person_id), "officer": str(officer)}
    await publish(session, [PracticeSubmitted(subject_id=claim.id, data=data)], acting=acting)
    return officer


async def find_officer(session: AsyncSession, claim: PracticeClaim) -> UUID | None:
    """Who is to attest a description, by whom its person reported to on its last day."""
    today = clock.today()
    then = await queries.officers_on(session, claim.person_id, min(claim.until_on or today, today))
    now = await queries.officers_on(session, claim.person_id, today)
    asked = [each for each in (then.first, then.second, now.first, now.second) if each is not None]
    return who_attests(claim.person_id, then, now, serving=await queries.serving(session, asked))


def _rating(claim: PracticeClaim, competency: str, level: int, by: RatedBy, by_id: UUID) -> PracticeRating:
    return PracticeRating(
        claim_id=claim.id, competency=competency, level=level, rated_by=by.value, by_id=by_id
    )


async def withdraw(session: AsyncSession, *, acting: Actor, claim: PracticeClaim) -> None:
    """Take it back while it waits; changed, it can be submitted again."""
    claim.state = state_after(ClaimState(claim.state), Act.WITHDRAW).value
    claim.revision += 1
    await _say(session, acting, claim)


async def attest(
    session: AsyncSession, *, acting: Actor, claim: PracticeClaim, levels: Mapping[str, int], words: str
) -> None:
    """Say at which levels it was shown: skill records come of those above 0, up to the ceiling. Only once."""
    after = state_after(ClaimState(claim.state), Act.ATTEST)
    ceiling = (await get_taxonomy(session)).ceiling(ATTESTED_PRACTICE)
    _require(words, faults_in_attestation(levels, claim.levels, ceiling))
    for competency, level in sorted(levels.items()):
        session.add(_rating(claim, competency, level, RatedBy.REPORTING_OFFICER, acting.person_id))
    await _decide(session, acting, claim, after, words)
    today = clock.today()
    attested = Attested(
        practice_id=claim.id,
        person_id=claim.person_id,
        attested_by_id=acting.person_id,
        occurred_on=claim.until_on or today,
        valid_until=last_valid_day(claim.until_on, today),
        levels={key: level for key, level in sorted(levels.items()) if level},
    )
    await record_attested(session, acting=acting, attested=attested)


async def refuse(session: AsyncSession, *, acting: Actor, claim: PracticeClaim, words: str) -> None:
    """Say why it is not attested; its person may change it and submit it again."""
    after = state_after(ClaimState(claim.state), Act.REFUSE)
    _require(words, [])
    await _decide(session, acting, claim, after, words)


def _require(words: str, faults: list[Fault]) -> None:
    """Words are owed to the person whatever is decided."""
    missing = [] if words.strip() else [Fault("/words", "Say what you base this on.")]
    if faults or missing:
        raise BadClaim("This decision is not complete; see errors.", faults=[*faults, *missing])


async def _decide(
    session: AsyncSession, acting: Actor, claim: PracticeClaim, state: ClaimState, words: str
) -> None:
    words_id = new_id()
    kept = {"id": words_id, "person_id": claim.person_id, "kind": EvidenceKind.PRACTICE.value}
    await session.execute(
        evidence.insert().values(kept | {"words": words.strip(), "recorded_at": clock.now()})
    )
    claim.state, claim.revision = state.value, claim.revision + 1
    session.add(
        PracticeDecision(
            claim_id=claim.id,
            state=state.value,
            by_id=acting.person_id,
            words_id=words_id,
            occurred_on=clock.today(),
        )
    )
    await _say(session, acting, claim)


async def _say(session: AsyncSession, acting: Actor, claim: PracticeClaim) -> None:
    await session.flush()
    data = {"person": str(claim.person_id), "state": claim.state}
    await publish(session, [PracticeDecided(subject_id=claim.id, data=data)], acting=acting)


# -- a partner's contact confirms facts --------------------------------------------------------------------


async def ask_contact(
    session: AsyncSession, *, acting: Actor, claim: PracticeClaim, contact_id: UUID
) -> UUID:
    """Ask a contact of the partner whether role, days and place are right. Asked twice, it is one request."""
    known = {each.id: each for each in await queries.contacts_to_ask(session, claim.partner_id)}
    if contact_id not in known:
        sentence = "This partner has no such contact with an address."
        raise BadClaim(sentence, faults=[Fault("/contact", sentence)])
    row = {
        "id": new_id(),
        "claim_id": claim.id,
        "contact_id": contact_id,
        "email": known[contact_id].email,
        "name": known[contact_id].name,
        "asked_at": clock.now(),
        "expires_at": clock.now() + timedelta(days=CONFIRM_DAYS),
    }
    statement = insert(confirmations).values(row).on_conflict_do_nothing().returning(confirmations.c.id)
    made = await session.scalar(statement)
    if made is None:
        waiting = (await queries.confirmations_of(session, [claim.id]))[claim.id]
        return next(
            UUID(str(each.id)) for each in waiting if each.contact_id == contact_id and not each.answered_at
        )
    await publish(
        session, [ConfirmationAsked(subject_id=made, data={"practice": str(claim.id)})], acting=acting
    )
    return UUID(str(made))


async def confirm_facts(session: AsyncSession, *, secret: str, answers: Mapping[str, Answer]) -> Any:
    """A contact answers, once; what they were asked about. Raises `ConfirmationOver` for an old link."""
    row = await queries.by_secret(session, digest_of(secret), lock=True)
    if row.answered_at is not None or row.expires_at <= clock.now():
        raise ConfirmationOver()
    missing = [Fault(f"/{fact}", "Answer this.") for fact in CONFIRMED_FACTS if fact not in answers]
    if missing:
        raise BadClaim("Answer each question.", faults=missing)
    given = {fact: answers[fact].value for fact in CONFIRMED_FACTS}
    await session.execute(
        confirmations.update()
        .where(confirmations.c.id == row.id)
        .values(answered_at=clock.now(), answers=given)
    )
    said = FactsConfirmed(subject_id=row.id, data={"practice": str(row.claim_id), **given})
    await publish(session, [said], acting=None)
    return row
