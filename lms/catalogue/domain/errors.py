"""What can be wrong when the catalogue is asked, and what it says when it changes."""

from dataclasses import dataclass
from typing import ClassVar

from lms.kernel.errors import Conflict, Invalid, NotFound, TooMany, Unavailable
from lms.kernel.events import Event


class CourseNotFound(NotFound):
    """No such course, or none that is offered."""

    type, title = "course-not-found", "There is no such course"


class VersionNotFound(NotFound):
    """The course has no version of this number, or there is no such course."""

    type, title = "version-not-found", "There is no such version of the course"


class ProfileNotFound(NotFound):
    """No such target profile is published."""

    type, title = "profile-not-found", "There is no such profile"


class ProgrammeNotFound(NotFound):
    """No such programme is published."""

    type, title = "programme-not-found", "There is no such programme"


class PreviewNotFound(NotFound):
    """No such preview, somebody else's, or one whose day is over."""

    type, title = "preview-not-found", "There is no such preview here"


class NoSuchFolder(Invalid):
    """The folder of course files has no course folder of this name."""

    type, title = "no-such-folder", "There is no such folder of course files"


class BadArchive(Invalid):
    """An archive that is not taken, with everything that is wrong with it."""

    type, title = "bad-archive", "This archive is not taken"


class TooManyPreviews(TooMany):
    """So many previews an hour."""

    type, title = "too-many-previews", "You have made many previews; wait a while"


class NothingPublished(Unavailable):
    """The library was never published into this database."""

    type, title = "nothing-published", "No course has been published yet; run `lms courses publish`"


class LibraryHasErrors(Conflict):
    """The check found mistakes; nothing was published."""

    type, title = "library-has-errors", "The courses have mistakes; run `lms courses check`"


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePublished(Event):
    """An edition became the course's current version."""

    type: ClassVar[str] = "catalogue.course_published"
    subject_type: ClassVar[str] = "course"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammesPublished(Event):
    """Programmes were published that ask for something else than before, or for the first time."""

    type: ClassVar[str] = "catalogue.programmes_published"
    subject_type: ClassVar[str] = "library_document"
