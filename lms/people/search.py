"""How people are found: our own words of name and e-mail, so that accents and scripts do not matter."""

from typing import Any

from sqlalchemy import func

from lms.kernel.i18n import search_words


def words_of_person(name: str, email: str | None) -> list[str]:
    """The words a person is found by, sorted, each once."""
    found = set(search_words(name))
    if email:
        found |= {email.casefold(), *search_words(email.replace("@", " ").replace(".", " "))}
    return sorted(found)


def person_words(name: str, email: str | None) -> Any:
    """`words_of_person` as the database keeps them."""
    return func.array_to_tsvector(words_of_person(name, email))
