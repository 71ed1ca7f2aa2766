"""Which passwords are refused, and why. Length counts, not kinds of characters (NIST SP 800-63B-4, 3.1.1.2)."""

from collections.abc import Iterator
from enum import StrEnum

from lms.kernel.i18n import normalise

LEAST, MOST = 12, 1000


class Weakness(StrEnum):
    """Why a password is refused."""

    SHORT = "short"
    LONG = "long"  # no more is hashed than a person would type
    OWN = "own"
    COMMON = "common"
    SAME = "same"  # as the present one


# Those of twelve characters or more that stand high on the lists of what was stolen and guessed ...
_COMMON = {
    "1q2w3e4r5t6y", "1q2w3e4r5t6y7u", "1qaz2wsx3edc", "1qaz2wsx3edc4rfv", "q1w2e3r4t5y6", "123qweasdzxc",
    "qwe123asd456", "qweasdzxc123", "qazwsxedcrfv", "qwertyuiopas", "qwertyuiopasdf", "qwertyuiopasdfghjkl",
    "abcdefghijkl", "abcdefghijklmnopqrstuvwxyz", "abcd1234abcd", "abc123abc123", "correcthorsebatterystaple",
}  # fmt: skip
# ... and words that are made long enough with figures and signs; both as `normalise` writes them.
_COMMON_WORDS = {
    "password", "passwords", "passw0rd", "p@ssword", "p@ssw0rd", "passpass", "passwordpassword", "passwort",
    "motdepasse", "contrasena", "пароль", "ицукен", "welcome", "letmein", "changeme", "secret", "iloveyou",
    "monkey", "dragon", "sunshine", "princess", "football", "baseball", "qwerty", "qwertyqwerty", "qwertyuiop",
    "azerty", "asdfghjkl", "abc", "abcd", "abcdef", "admin", "administrator", "root", "user", "guest", "test",
    "demo", "default", "un", "unitednations", "partnership", "partnerships", "partnershiplearning",
}  # fmt: skip
_FIGURES = "0123456789"
_FIGURES_AND_SIGNS = _FIGURES + "!?.,;:#$%&*+-_=/()@"
_FEWEST_DIFFERENT = 4


def weakness_of(password: str, *, name: str, email: str | None) -> Weakness | None:
    """What makes a new password of this person easy to guess; None for a good one."""
    if not LEAST <= len(password) <= MOST:
        return Weakness.SHORT if len(password) < LEAST else Weakness.LONG
    plain, word = normalise(password).replace(" ", ""), _word(password)
    if word in set(_own_words(name, email)):
        return Weakness.OWN
    if {plain, word, plain.strip(_FIGURES_AND_SIGNS)} & (_COMMON | _COMMON_WORDS) or _is_a_row(plain):
        return Weakness.COMMON
    return None


def _own_words(name: str, email: str | None) -> Iterator[str]:
    """One's name, its parts, one's e-mail and what stands before the @."""
    address = email or ""
    own = (name, *name.split(), address, address.partition("@")[0])
    yield from filter(None, map(_word, own))


def _word(text: str) -> str:
    """A text as it is compared: letters alone and the figures between them, whatever their case and accents."""
    return "".join(each for each in normalise(text) if each.isalnum()).strip(_FIGURES)


def _is_a_row(plain: str) -> bool:
    """Whether it is counted up or down, or made of three characters or fewer."""
    rows = _FIGURES * 5, _FIGURES[::-1] * 5
    return len(set(plain)) < _FEWEST_DIFFERENT or any(plain in row for row in rows)
