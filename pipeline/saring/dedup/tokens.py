r"""Texts as words, and words as shingles: hashes in columns, each with its place in the original text.

What counts as the same word: letters, digits and marks are compared in compatibility form without regard to case (`ﬁ` is `fi`, `Ｓ` is `s`,
a composed accent is a combining one); whatever else stands between them (spaces, line breaks, punctuation, quotation marks) only
separates. Invisible characters inside a word, such as a soft hyphen, count for nothing, and so do marks that a script may leave out
(`marks`): vocalised Arabic and Hebrew say what their plain spellings say. Scripts written without spaces give one word a character.
A *shingle* is `WIDTH` words in a row.

Words are found in arrays of code points and not by `str.extract_all`, which gives no offsets: with the pieces between the words kept to
count them, and before any hash, it ran at 26 MB/s on a pool of eight languages; this, hashes included, at 130 MB/s (one core).

Hashes are this module's own, because they decide what is compared with what, and a release has to be the same on every machine and
with every version of every library: `Series.hash` promises that within one version of Polars only. A test pins their values. They are
not meant to withstand an enemy, and need not: who can make two words collide can as well copy the text.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

import numpy as np
import polars as pl
from numpy.typing import NDArray

from saring.core.arrays import mix_bits, prefix_sum
from saring.dedup import optional_marks

if TYPE_CHECKING:
    from saring.core.arrays import HashArray, IntArray

__all__ = ["NEVER", "WIDTH", "Words", "hash_texts", "salt_by_row", "shingles", "tokenize"]

Codes: TypeAlias = NDArray[np.uint32]

#: Words to a shingle. Five is usual for web text; three survives twice as many changes of single words, and what three words share by
#: chance is sorted out where texts are compared whole.
WIDTH = 3

#: The hash of no shingle.
NEVER = np.uint64(2**64 - 1)

_GAP, _WORD, _ALONE, _MARK, _NOTHING = range(5)
_ALL = 0x110000
_STEP = np.uint64(0x9E3779B97F4A7C15)  # odd, so that every power of it is: 2^64 divided by the golden ratio
_BACK = np.uint64(pow(int(_STEP), -1, 1 << 64))  # what takes a power of it back
_KEPT = 1 << 20  # powers that are kept
_ROW = np.uint64(0xD1B54A32D192ED03)  # odd too, and another: keeps the shingles of texts apart

# The scripts that are written without spaces between words (UAX #14, class SA, and ideographs).
_UNSPACED = r"[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Khmer}\p{scx=Lao}\p{scx=Myanmar}\p{scx=Thai}]"
_LETTER = r"[\p{L}\p{N}]"


class Words(NamedTuple):
    """The words of some texts, one text after the other.

    Attributes:
        hashes: one a word.
        starts: where it begins in its text, in code points.
        ends: where it ends, exclusive.
        offsets: the words of text `i` are those from `offsets[i]` to `offsets[i + 1]`.
    """

    hashes: HashArray
    starts: IntArray
    ends: IntArray
    offsets: IntArray


def tokenize(texts: pl.Series, *, literal: bool = False) -> Words:
    """Return the words of these texts; a null is a text without words.

    Needs some 50 bytes of memory a character for the time it runs: give it a batch.

    Args:
        texts: any strings.
        literal: compare optional marks and letters as they are written, as hashes that are kept in files were made (`takedown`, the keys of
            word vectors).
    """
    texts = texts.fill_null("")
    joined = "\n".join(texts.to_list()) + "\n"  # a gap after each text, so that no word reaches over its end
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4").astype(np.intp)
    firsts = prefix_sum(texts.str.len_chars().to_numpy().astype(np.int64) + 1)
    table = _table(literal)

    starts, ends = _spans(table, codes, literal=literal)
    of = np.searchsorted(starts, firsts)
    shift = np.repeat(firsts[:-1], np.diff(of))
    return Words(_hash_words(table, codes, starts), starts - shift, ends - shift, of)


def shingles(words: Words, width: int = WIDTH) -> HashArray:
    """Return for each word the hash of the `width` words that begin with it; `NEVER` where the text ends before."""
    total = np.zeros_like(words.hashes)
    for ahead in range(width):
        total *= _STEP
        reach = max(len(total) - ahead, 0)
        total[:reach] += words.hashes[ahead : ahead + reach]
    mixed = np.minimum(mix_bits(total), NEVER - np.uint64(1))
    left = np.repeat(words.offsets[1:], np.diff(words.offsets)) - np.arange(len(total))
    return np.where(left >= width, mixed, NEVER)


def hash_texts(words: Words) -> HashArray:
    """Return the hash of each text's words in their order; all texts without words have the same."""
    counts = np.diff(words.offsets)
    hashes = np.zeros(len(counts), dtype=np.uint64)
    if len(words.hashes):
        place = np.arange(len(words.hashes)) - np.repeat(words.offsets[:-1], counts)
        hashes[counts > 0] = np.add.reduceat(words.hashes * _powers(int(counts.max()))[place], words.offsets[:-1][counts > 0])
    return mix_bits(hashes)


def salt_by_row(shingles: HashArray, rows: IntArray) -> HashArray:
    """Return hashes of shingles that differ from one text (row) to another."""
    return mix_bits(shingles + (rows.astype(np.uint64) + np.uint64(1)) * _ROW)


class _Table(NamedTuple):
    """What each code point is, and what it adds to the hash of its word.

    Attributes:
        kind: separates; is part of a word; is a word alone; continues what it follows; is invisible and does so too.
        value: the sum over the characters of its folded form, as in `_hash_words`.
        length: of its folded form.
    """

    kind: NDArray[np.uint8]
    value: HashArray
    length: NDArray[np.uint8]


@functools.cache
def _table(literal: bool) -> _Table:  # noqa: FBT001 - of a cache
    """Return the table, made by Polars and not by `unicodedata`: its Unicode version is pinned with it, Python's is not. Takes 0.3 s."""
    every = np.arange(_ALL, dtype="<u4")
    every = every[(every < 0xD800) | (every > 0xDFFF)]  # noqa: PLR2004 (surrogates: no characters, and Polars holds none)
    character = pl.Series("character", list(every.tobytes().decode("utf-32-le"))).to_frame().lazy()
    column = pl.col("character")
    seen = (
        character.with_columns(pl.Series("code", every))
        .with_columns(
            pl.when(~pl.lit(literal) & column.str.contains(optional_marks.OPTIONAL))
            .then(_NOTHING)
            .when(column.str.contains(_LETTER))
            .then(pl.when(column.str.contains(_UNSPACED)).then(_ALONE).otherwise(_WORD))
            .when(column.str.contains(r"\p{M}"))
            .then(_MARK)
            .when(column.str.contains(r"\p{Cf}"))
            .then(_NOTHING)
            .otherwise(_GAP)
            .alias("kind")
        )
        .filter(pl.col("kind") != _GAP)
        .with_columns((_folded(column) if literal else optional_marks.strip_optional_marks(_folded(column))).alias("folded"))
        # What is a mark on a blank or on a stretched line in compatibility form is that mark.
        .with_columns(pl.when(~pl.lit(literal) & (pl.col("folded").str.strip_chars() == "")).then(_NOTHING).otherwise("kind").alias("kind"))
        .collect()
    )
    kind, value, length = np.zeros(_ALL, np.uint8), np.zeros(_ALL, np.uint64), np.zeros(_ALL, np.uint8)
    kind[seen["code"]] = seen["kind"]
    counted = seen.filter(pl.col("kind") != _NOTHING)
    folded: Codes = np.frombuffer("".join(counted["folded"]).encode("utf-32-le"), "<u4")
    lengths = counted["folded"].str.len_chars().to_numpy().astype(np.int64)
    offsets = prefix_sum(lengths)
    place = np.arange(len(folded)) - np.repeat(offsets[:-1], lengths)
    value[counted["code"]] = np.add.reduceat(mix_bits(folded.astype(np.uint64) + _STEP) * _powers(int(lengths.max()))[place], offsets[:-1])
    length[counted["code"]] = lengths
    return _Table(kind, value, length)


def _folded(character: pl.Expr) -> pl.Expr:
    """Return characters in compatibility form, without regard to case."""
    # Up, then down: unlike down alone, it makes one of both small sigmas, and of the sharp s and SS.
    return character.str.normalize("NFKD").str.to_uppercase().str.to_lowercase().str.normalize("NFKD")


def _spans(table: _Table, codes: IntArray, *, literal: bool) -> tuple[IntArray, IntArray]:
    """Return where words start and end; what stands in no word becomes code 0 where it would count.

    Args:
        table: what each code point is.
        codes: those of all texts; the last one is a gap.
        literal: as in `word_list`.
    """
    kind = table.kind.take(codes)
    # A mark or an invisible character belongs to whatever it stands behind; in front of all, to the gap that is last.
    places = np.flatnonzero(kind >= _MARK)
    base = np.maximum.accumulate(np.where(np.diff(places, prepend=-2) > 1, places, 0)) - 1
    behind = kind[base]
    if len(places) and not literal:
        optional_marks.normalise_marks(codes, places, base)
    kind[places] = behind
    codes[places[behind == _GAP]] = 0
    if kind.max() <= _WORD:  # most texts: no character is a word alone
        edges = np.flatnonzero(np.append(kind[0] != _GAP, kind[1:] != kind[:-1]))
        return edges[::2], edges[1::2]
    alone = kind == _ALONE
    alone[places] = False
    inside, before = kind != _GAP, np.concatenate(([_GAP], kind[:-1]))
    begins = alone | ((kind == _WORD) & (before != _WORD))
    return np.flatnonzero(begins), np.flatnonzero(inside & np.concatenate((begins[1:] | ~inside[1:], [True]))) + 1


def _hash_words(table: _Table, codes: IntArray, starts: IntArray) -> HashArray:
    """Return the sum over each word's folded characters of a number of the character times a power of `_STEP`, mixed.

    The powers run on from word to word, and each sum is divided by the one that its word begins with: so no character has to know its place
    in its word.

    Args:
        table: what each code point adds; a gap adds nothing.
        codes: those of all words and of the gaps between them.
        starts: where words begin.
    """
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    place = prefix_sum(table.length.take(codes))
    count = int(place[-1]) + 1
    added = table.value.take(codes)
    added *= _powers(count).take(place[:-1])
    # Differences of running sums: `np.add.reduceat` takes twice as long for runs as short as words.
    sums = prefix_sum(added, np.uint64)
    return mix_bits(np.diff(sums[np.append(starts, len(codes))]) * _powers(count, _BACK).take(place[starts]))


def _powers(count: int, step: np.uint64 = _STEP) -> HashArray:
    """Return the powers 0 to `count` - 1 of `step`, modulo 2^64."""
    return _first_powers(step)[:count] if count <= _KEPT else _made_powers(count, step)


@functools.cache
def _first_powers(step: np.uint64) -> HashArray:
    return _made_powers(_KEPT, step)


def _made_powers(count: int, step: np.uint64) -> HashArray:
    powers = np.full(count, step, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)
