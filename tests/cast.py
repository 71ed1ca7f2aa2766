"""The people tests act as: those of the demo organisation, each with a bearer token."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from lms.catalogue.beside import library_beside
from lms.catalogue.service import publish_library
from lms.demo.organisation import make_demo
from lms.kernel import clock
from lms.kernel.database import Database, table_of
from lms.people.domain import digest_of
from lms.people.models import ApiToken, Person
from lms.settings import Settings

LEARNER, SUPERVISOR, ASSESSOR = "learner@demo.example", "supervisor@demo.example", "assessor@demo.example"
HR, OTHER_HR, SENIOR = "hr@demo.example", "hr.relief@demo.example", "senior@demo.example"
ADMIN, OTHER_LEARNER = "admin@demo.example", "learner.goma@demo.example"
COORDINATOR, AUTHOR = "coordinator@demo.example", "author@demo.example"
COLLEAGUE, VOLUNTEER = "officer.two@demo.example", "volunteer@demo.example"
FOCAL_POINT = "officer.three@demo.example"


@dataclass(frozen=True)
class Cast:
    """Ids and passwords by e-mail."""

    ids: dict[str, UUID]
    passwords: dict[str, str]

    def token(self, email: str) -> dict[str, str]:
        """The header that signs a request of this person."""
        return {"Authorization": f"Bearer {_secret(email)}"}


def _secret(email: str) -> str:
    """A token's secret that a test can know: the database keeps digests only."""
    return f"token-of-{email}"


async def make_cast(database: Database, settings: Settings) -> Cast:
    """Publish the courses, make the demo and give everybody a token."""
    library = library_beside(settings.courses_dir)
    async with database.transaction() as session:
        await publish_library(session, library, acting=None)
    accounts = await make_demo(database, settings)
    persons = table_of(Person)
    async with database.transaction() as session:
        rows = (await session.execute(select(persons.c.email, persons.c.id))).all()
        ids = {row.email: row.id for row in rows}
        for email, person_id in ids.items():
            expires = clock.now() + timedelta(days=1)
            token = ApiToken(
                token_hash=digest_of(_secret(email)), person_id=person_id, name="test", expires_at=expires
            )
            session.add(token)
    return Cast(ids, {each["email"]: each["password"] for each in accounts})
