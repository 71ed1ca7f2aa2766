"""Words as a search finds them and a list sorts them: the database knows no case, accents or Chinese."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SORT_KEY_LENGTH = 200  # far below what an index entry may hold, whatever the script

# Letters that readers type in place of one another and that NFKD leaves apart.
_ALIKE = str.maketrans(
    {
        "ى": "ي", "ی": "ي", "ے": "ي", "ة": "ه", "ہ": "ه", "ٱ": "ا", "ک": "ك", "ـ": "",
        "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ł": "l", "þ": "th",
        "’": "'", "ʼ": "'",
    }
)  # fmt: skip
_HAN = "\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_WORD = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_ONE_HAN = re.compile(rf"[{_HAN}]")
# The article, alone or after "and", "so", "with", "like"; and "for the". Three letters must remain.
_ARTICLE = re.compile(r"(?:(?:[وفبك]?ال|و?لل)(?=\w{3}))+")


def normalise(text: str) -> str:
    """Fold case, accents, Arabic vowel marks and letter forms, widths and digits; one space between words.

    Idempotent. "Éric" and "ERIC" become "eric", "ёлка" becomes "елка", "٢٠٠٧" becomes "2007".
    """
    text = text.casefold()  # first: the iota below a Greek letter is a mark, and a letter once folded
    for _ in range(2):  # the second round folds what case folding itself has taken apart
        text = "".join(_bare(unicodedata.normalize("NFKD", text))).casefold().translate(_ALIKE)
    text = "".join(_bare(unicodedata.normalize("NFKD", text)))
    return " ".join(unicodedata.normalize("NFC", text).split())


def sort_key(text: str) -> str:
    """What a list is sorted by, with `COLLATE "C"`: words without marks, punctuation or Arabic article.

    Never null, at most 200 characters, and not unique ("Eric" and "Éric" share one): end a keyset in the id.
    Chinese sorts by code point.
    """
    return " ".join(_without_article(word) for word in _WORD.findall(normalise(text)))[:SORT_KEY_LENGTH]


def search_words(text: str) -> list[str]:
    """The words to store of a text, and, by the same function, to look for: each once, in order.

    A run of Chinese or Japanese gives its characters and its pairs of neighbours, so that the words of any
    part of a title are among the words of the title. A text that holds no letter or digit gives none.
    """
    found = (word for run in _WORD.findall(normalise(text)) for word in _words_of(run))
    return list(dict.fromkeys(found))


def words_in_order(text: str) -> list[str]:
    """Every word of a text as it is said, folded as for a search, again where it is said again.

    Each Chinese or Japanese character is a word, since nothing tells where one ends: a name is in a text exactly
    where its words follow one another there.
    """
    runs = _WORD.findall(normalise(text))
    return [word for run in runs for word in (run if _ONE_HAN.match(run) else [_without_article(run)])]


def _bare(text: str) -> Iterator[str]:
    """Without marks and invisible characters (joiners, direction marks, soft hyphens); digits in ASCII."""
    for character in text:
        category = unicodedata.category(character)
        if category == "Nd":
            yield str(unicodedata.digit(character))
        elif category not in ("Mn", "Me", "Cf"):
            yield character


def _words_of(run: str) -> Iterator[str]:
    if not _ONE_HAN.match(run):
        yield _without_article(run)
        return
    yield from run
    yield from (run[at : at + 2] for at in range(len(run) - 1))


def _without_article(word: str) -> str:
    """Taken off again and again: "الالتزام" and "التزام" must meet, though the second has no article."""
    return _ARTICLE.sub("", word, count=1) if _ARTICLE.match(word) else word
