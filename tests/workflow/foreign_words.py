"""Words of another language, found by how common a word is in each (``wordfreq``), not by a list.

A word is foreign where it is well known in the other language and at least ten times as common
there as in its own. Words that are spelt alike and common in both (to, by, time) cannot be told
apart, and are not: a sentence in the wrong language holds others.
"""

import re
from collections.abc import Iterable

from wordfreq import zipf_frequency

#: Tenfold, on wordfreq's scale of powers of ten; and as common as once in three million words.
MORE_COMMON = 1.0
KNOWN = 2.5
OTHER = {"nb": "en", "en": "nb"}

#: What is no running text: addresses, file names, keys of records, names of variables and of files.
_CODE = re.compile(r"\S*(?:[_/\\@#]|\w\.\w|\w:\w|::)\S*")
_HYPHENATED = re.compile(r"[\u00ad\ufffe\x02]\s*|(?<=\w)-\s*\n\s*(?=[a-zæøå])")
#: Where a key of a record may be broken over lines.
_BREAKABLE = re.compile("\u200b\\s*")
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])")


def foreign(
    text: str, language: str, names: Iterable[str] = (), alike: Iterable[str] = ()
) -> dict[str, str]:
    """Words of the other language -> where they stand, in a few words.

    Args:
        text: Text in ``language``.
        language: ``nb`` or ``en``.
        names: Words and phrases that are names, and so may be in any language.
        alike: Words of ``language`` that happen to be spelt as commoner ones of the other.
    """
    plain = _HYPHENATED.sub("", _BREAKABLE.sub("", text))
    plain = " ".join(_CODE.sub(" ", plain).split())
    for name in sorted(names, key=len, reverse=True):
        plain = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "·", plain)
    own = set(alike)
    found: dict[str, str] = {}
    for match in _WORD.finditer(plain):
        word = match[0].lower()
        if word not in own and word not in found and _is_foreign(word, language):
            found[word] = plain[max(0, match.start() - 30) : match.end() + 30]
    return found


def _is_foreign(word: str, language: str) -> bool:
    there = zipf_frequency(word, OTHER[language])
    return there >= KNOWN and there - zipf_frequency(word, language) >= MORE_COMMON
