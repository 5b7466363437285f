"""The charset of bytes that declare none, or a wrong one: each candidate's reading is scored as language, and the best has to be clearly so."""

from __future__ import annotations

import codecs
import itertools
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from saring.config import charset_labels
from saring.language import ngrams, plausibility

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["WIDE", "Reading", "language_gain", "rank_charsets"]

#: Charsets of two or four bytes a character, which hold NULs.
WIDE = ("utf-16le", "utf-16be", "utf-32le", "utf-32be")
#: What an anomaly takes from a reading's evidence.
ANOMALY = 4.0
#: A charset that cannot decode more than one in so many of the bytes beyond ASCII is no candidate.
_MOST_UNDECODED = 50
#: Bytes of a sample, of a piece of it, and how many pieces are looked through for bytes that the sample does not have yet.
_SAMPLE, _PIECE, _PIECES = 4_000, 400, 20_000
_PIECES_OF_TEXT = re.compile(rb"[^\n\r<> ][^\n\r<>]{0,%d}(?=[\n\r<> ]|\Z)|[^\n\r<> ]{1,%d}" % (_PIECE - 1, _PIECE))
_ASCII = bytes(range(128))
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
#: Where all that is not ASCII is typography, that is evidence by itself: n-grams say nothing of it.
_NOT_TYPOGRAPHIC = re.compile("[^\x00-\x7f\xa0«»©°–—‘’“”…]")
_ODD_QUOTE = re.compile(r"\w[“‘]|\w[…–]\w|\w…,|\w\xa0[.,\s]")
_TYPOGRAPHIC = 4.0
#: A sound reading has at most one anomaly for so many characters beyond ASCII, and one more.
_MOST_ANOMALIES = 15


class Reading(NamedTuple):
    """Bytes as a charset decodes them.

    Attributes:
        score: evidence that this is a language for which the charset is used, less its anomalies and doubts.
        name: the charset.
        text: the sample, decoded.
        gain: how much of the evidence comes of the bytes beyond ASCII.
        foreign: how many characters beyond ASCII the sample has.
        anomalies: how many places no spelling has.
    """

    score: float
    name: str
    text: str
    gain: float
    foreign: int
    anomalies: int

    def is_sound(self, each: float) -> bool:
        """Whether it has next to no anomalies, and so much evidence for each of its characters beyond ASCII."""
        return self.anomalies <= 1 + self.foreign // _MOST_ANOMALIES and self.gain >= each * self.foreign


class _Charset(NamedTuple):
    name: str
    codec: str
    languages: tuple[int, ...]
    doubt: float
    weight: float


def rank_charsets(data: bytes, names: Iterable[str] | None = None) -> list[Reading]:
    """Return how candidates read a sample of bytes, the most plausible first; of those that read it alike only the first of the table.

    Args:
        data: bytes that are not all ASCII.
        names: the charsets to try; None for those of the table.
    """
    sample = _sample(data)
    candidates: dict[str, list[_Charset]] = {}
    for charset in _table():
        if names is None or charset.name in names:
            part = data[:_SAMPLE] if charset.name in WIDE else sample
            text = _decoded(part, charset)
            if text is not None:
                candidates.setdefault(text, []).append(charset)
    plain = {text: _BEYOND_ASCII.sub(" ", text) for text in candidates}
    texts = list(dict.fromkeys([*candidates, *plain.values()]))
    evidence = dict(zip(texts, ngrams.language_evidence(texts), strict=True))
    readings_ = []
    for text, charsets in candidates.items():
        anomalies = plausibility.count_anomalies(text)
        odd, foreign = ANOMALY * anomalies, sum(map(len, _BEYOND_ASCII.findall(text)))
        is_typographic = not (anomalies or _NOT_TYPOGRAPHIC.search(text) or ("„" not in text and _ODD_QUOTE.search(text)))
        scores = []
        for charset in charsets:
            own, bare = evidence[text], evidence[plain[text]]
            best = max(charset.languages, key=lambda place: float(own[place]))
            gain = charset.weight * float(own[best] - bare[best]) - odd + (_TYPOGRAPHIC if is_typographic else 0)
            scores.append((float(bare[best]) + gain - charset.doubt, gain, charset.name))
        score, gain, name = max(scores, key=lambda each: each[0])
        readings_.append(Reading(round(score, 2), name, text, round(gain, 2), foreign, anomalies))
    return sorted(readings_, key=lambda reading: -reading.score)


def language_gain(text: str) -> float:
    """Return how much the characters of a text that are not ASCII speak for any one language."""
    own, bare = ngrams.language_evidence([text, _BEYOND_ASCII.sub(" ", text)])
    best = int(own.argmax())
    return round(float(own[best] - bare[best]), 2)


def _decoded(sample: bytes, charset: _Charset) -> str | None:
    decoder = codecs.getincrementaldecoder(charset.codec)("replace")
    text = decoder.decode(sample)
    high = len(sample.translate(None, _ASCII))
    return text if text.count("\ufffd") * _MOST_UNDECODED <= high and "\0" not in text else None


def _sample(data: bytes) -> bytes:
    """Return pieces with bytes beyond ASCII, first those that add a byte which none before them has."""
    if len(data) <= _SAMPLE:
        return data
    known: set[int] = set()
    new: list[bytes] = []
    others: list[bytes] = []
    size = 0
    for match in itertools.islice(_pieces(data), _PIECES):
        high = set(match.translate(None, _ASCII))
        if high - known:
            known |= high
            new.append(match)
            size += len(match)
        elif len(others) * _PIECE < 4 * _SAMPLE:
            others.append(match)
    kept: list[bytes] = []
    for piece in [*new, *others]:
        if size > _SAMPLE and kept and piece not in new:
            break
        kept.append(piece)
        size += len(piece)
    return b"\n".join(kept)


def _pieces(data: bytes) -> Iterator[bytes]:
    return (match[0] for match in _PIECES_OF_TEXT.finditer(data) if not match[0].isascii())


@cache
def _table() -> Sequence[_Charset]:
    table = tomllib.loads(Path(__file__).with_name("charsets.toml").read_text(encoding="utf-8"))
    places = {code: place for place, code in enumerate(ngrams.model_languages())}
    groups = {name: tuple(places[code] for code in codes if code in places) for name, codes in table["languages"].items()}
    every = tuple(places.values())
    return [
        _Charset(
            entry["name"],
            charset_labels.CODECS[entry["name"]],
            groups[entry["languages"]] or every,
            entry.get("doubt", 0.0),
            entry.get("weight", 1.0),
        )
        for entry in table["charset"]
    ]
