"""What can be wrong when a report is asked for."""

from lms.kernel.errors import Invalid, NotFound


class NotInReport(NotFound):
    """The person is not listed in this report."""

    type, title = "not-in-report", "This person is not in this report"


class OutsideOwnEntity(Invalid):
    """What is asked would tell of few people of an entity that is not the reader's own."""

    type, title = "outside-own-entity", "Outside your own entity this cannot be asked"
