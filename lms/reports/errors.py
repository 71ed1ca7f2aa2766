"""What can be wrong when a report is asked for."""

from lms.kernel.errors import NotFound


class NotInReport(NotFound):
    """The person is not listed in this report."""

    type, title = "not-in-report", "This person is not in this report"
