"""Pages: one audience, one file; and the ground they stand on."""

from lms.web.pages import install_pages
from lms.web.session import problem_page

__all__ = ["install_pages", "problem_page"]
