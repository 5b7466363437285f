"""Rank candidate charsets of bytes by how plausible the decoded text is as language, for bytes that declare no charset or a wrong one.

Candidates and the languages that each is used for are in charsets.toml; the evidence for a language is that of `language.ngrams`.
"""

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

__all__ = ["GAIN_PER_CHARACTER", "WIDE", "Reading", "language_gain", "rank_charsets"]

#: Charsets of two or four bytes per character, whose bytes include NULs.
WIDE = ("utf-16le", "utf-16be", "utf-32le", "utf-32be")
#: Evidence (logarithm of odds) that a plausible reading has for each of its non-ASCII characters; how it was chosen is
#: said at `charset._MIN_MARGIN`.
GAIN_PER_CHARACTER = 1.0
#: Evidence that each anomaly (`plausibility.count_anomalies`) subtracts from a reading's score. A judgement, as are the other constants here.
_ANOMALY_PENALTY = 4.0
#: A charset in which more than one of so many non-ASCII bytes is invalid is no candidate.
_BYTES_PER_INVALID = 50
#: Sizes in bytes of the sample and of its pieces, and how many pieces are searched for bytes that the sample lacks.
_SAMPLE, _PIECE, _MAX_PIECES = 4_000, 400, 20_000
_PIECES_OF_TEXT = re.compile(rb"[^\n\r<> ][^\n\r<>]{0,%d}(?=[\n\r<> ]|\Z)|[^\n\r<> ]{1,%d}" % (_PIECE - 1, _PIECE))
_ASCII = bytes(range(128))
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
#: A reading whose only non-ASCII characters are typography, in usual places, gets a bonus: n-grams say nothing about quotation marks.
_NOT_TYPOGRAPHIC = re.compile("[^\x00-\x7f\xa0«»©°–—‘’“”…]")
_ODD_QUOTE = re.compile(r"\w[“‘]|\w[…–]\w|\w…,|\w\xa0[.,\s]")
_TYPOGRAPHY_BONUS = 4.0
#: A plausible reading has at most one anomaly for so many non-ASCII characters, plus one.
_CHARACTERS_PER_ANOMALY = 15


class Reading(NamedTuple):
    """A sample of bytes decoded in one candidate charset, with its score as language.

    Attributes:
        score: evidence for the likeliest language that the charset is used for, less penalties for anomalies and rare charsets.
        name: the charset.
        text: the decoded sample.
        gain: the part of the evidence that the non-ASCII characters add.
        non_ascii: how many non-ASCII characters the sample has.
        anomalies: how many places in it no orthography allows.
    """

    score: float
    name: str
    text: str
    gain: float
    non_ascii: int
    anomalies: int

    def is_plausible(self) -> bool:
        """Tell whether the reading is plausible as language: hardly any anomalies, and enough evidence for each non-ASCII character."""
        return self.anomalies <= 1 + self.non_ascii // _CHARACTERS_PER_ANOMALY and self.gain >= GAIN_PER_CHARACTER * self.non_ascii


class _Charset(NamedTuple):
    """A candidate charset with its languages and priors, an entry of charsets.toml.

    Attributes:
        name: the charset's canonical name.
        codec: Python's codec for it.
        languages: the languages that it is used for, as positions in `ngrams.model_languages()`.
        doubt: evidence that it needs on top of a common charset, as a logarithm of odds.
        weight: factor for the evidence of n-grams, of which a charset with two bytes per character has fewer.
    """

    name: str
    codec: str
    languages: tuple[int, ...]
    doubt: float
    weight: float


def rank_charsets(data: bytes, names: Iterable[str] | None = None) -> list[Reading]:
    """Return the readings of a sample of bytes in the candidate charsets, the most plausible first.

    Charsets in which the bytes are invalid are left out; of several that decode the sample to the same text only the best is returned.

    Args:
        data: bytes that are not all ASCII.
        names: the charsets to try; None for all of charsets.toml.
    """
    sample = _sample(data)
    candidates: dict[str, list[_Charset]] = {}
    for charset in _charset_table():
        if names is None or charset.name in names:
            text = _decode_sample(data[:_SAMPLE] if charset.name in WIDE else sample, charset)
            if text is not None:
                candidates.setdefault(text, []).append(charset)
    ascii_parts = {text: _BEYOND_ASCII.sub(" ", text) for text in candidates}
    texts = list(dict.fromkeys([*candidates, *ascii_parts.values()]))
    evidence = dict(zip(texts, ngrams.language_evidence(texts), strict=True))
    readings = []
    for text, charsets in candidates.items():
        anomalies = plausibility.count_anomalies(text)
        penalty, non_ascii = _ANOMALY_PENALTY * anomalies, sum(map(len, _BEYOND_ASCII.findall(text)))
        is_typographic = not (anomalies or _NOT_TYPOGRAPHIC.search(text) or ("„" not in text and _ODD_QUOTE.search(text)))
        scores = []
        for charset in charsets:
            full, base = evidence[text], evidence[ascii_parts[text]]
            best = max(charset.languages, key=lambda index: float(full[index]))
            gain = charset.weight * float(full[best] - base[best]) - penalty + (_TYPOGRAPHY_BONUS if is_typographic else 0)
            scores.append((float(base[best]) + gain - charset.doubt, gain, charset.name))
        score, gain, name = max(scores, key=lambda entry: entry[0])
        readings.append(Reading(round(score, 2), name, text, round(gain, 2), non_ascii, anomalies))
    return sorted(readings, key=lambda reading: -reading.score)


def language_gain(text: str) -> float:
    """Return the evidence (logarithm of odds) that the non-ASCII characters of a text add for its likeliest language."""
    full, base = ngrams.language_evidence([text, _BEYOND_ASCII.sub(" ", text)])
    best = int(full.argmax())
    return round(float(full[best] - base[best]), 2)


def _decode_sample(sample: bytes, charset: _Charset) -> str | None:
    """Decode a sample of bytes in a candidate charset; None where it has NULs or too many invalid bytes for that charset."""
    decoder = codecs.getincrementaldecoder(charset.codec)("replace")
    text = decoder.decode(sample)
    non_ascii = len(sample.translate(None, _ASCII))
    return text if text.count("\ufffd") * _BYTES_PER_INVALID <= non_ascii and "\0" not in text else None


def _sample(data: bytes) -> bytes:
    """Return about 4,000 bytes of a page for detection: pieces with non-ASCII bytes, first those that add a byte not seen before.

    A charset is ruled out by the bytes that are rare, which the first pieces of a long page may lack.
    """
    if len(data) <= _SAMPLE:
        return data
    seen_bytes: set[int] = set()
    with_new_bytes: list[bytes] = []
    others: list[bytes] = []
    size = 0
    for piece in itertools.islice(_non_ascii_pieces(data), _MAX_PIECES):
        non_ascii = set(piece.translate(None, _ASCII))
        if non_ascii - seen_bytes:
            seen_bytes |= non_ascii
            with_new_bytes.append(piece)
            size += len(piece)
        elif len(others) * _PIECE < 4 * _SAMPLE:
            others.append(piece)
    chosen: list[bytes] = []
    for piece in [*with_new_bytes, *others]:
        if size > _SAMPLE and chosen and piece not in with_new_bytes:
            break
        chosen.append(piece)
        size += len(piece)
    return b"\n".join(chosen)


def _non_ascii_pieces(data: bytes) -> Iterator[bytes]:
    """Yield the pieces of text between tags and line breaks, of at most 400 bytes each, that contain non-ASCII bytes."""
    return (match[0] for match in _PIECES_OF_TEXT.finditer(data) if not match[0].isascii())


@cache
def _charset_table() -> Sequence[_Charset]:
    """Return the candidate charsets of charsets.toml, in its order."""
    table = tomllib.loads(Path(__file__).with_name("charsets.toml").read_text(encoding="utf-8"))
    indexes = {code: index for index, code in enumerate(ngrams.model_languages())}
    groups = {name: tuple(indexes[code] for code in codes if code in indexes) for name, codes in table["languages"].items()}
    any_language = tuple(indexes.values())
    return [
        _Charset(
            entry["name"],
            charset_labels.CODECS[entry["name"]],
            groups[entry["languages"]] or any_language,
            entry.get("doubt", 0.0),
            entry.get("weight", 1.0),
        )
        for entry in table["charset"]
    ]
