"""The partner register's table."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from lms.kernel import clock
from lms.kernel.database import moment
from lms.kernel.ids import new_id


class Partner(SQLModel, table=True):
    """A business, foundation, association or academic body. Personnel of partners are affiliated to one."""

    __tablename__ = "partners"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(unique=True)
    name: str
    country: str | None = None  # ISO 3166-1 alpha-2
    created_at: datetime = Field(default_factory=clock.now, sa_column=moment(nullable=False))
