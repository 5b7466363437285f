r"""Tokenise texts into hashed words with their offsets, and hash word shingles; everything in numpy columns.

Two words are equal if their letters, digits and marks are equal in compatibility form without regard to case (`ﬁ` is `fi`, `Ｓ` is `s`, a
composed accent is a combining one). Everything between words (spaces, line breaks, punctuation, quotation marks) only separates them.
Invisible characters inside a word, such as a soft hyphen, are ignored, and so are marks that a script may leave out (`optional_marks`):
vocalised Arabic and Hebrew equal their plain spellings. In scripts written without spaces every character is a word. A *shingle* is
`SHINGLE_WIDTH` consecutive words.

Words are found in arrays of code points and not by `str.extract_all`, which gives no offsets: with the pieces between the words kept to
count them, and before any hash, it ran at 26 MB/s on a pool of eight languages; this, hashes included, at 130 MB/s (one core).

The hash functions are this module's own, because they decide which documents are compared, and a release has to be the same on every
machine and with every version of every library: `Series.hash` promises that within one version of Polars only. A test pins their values.
They are not cryptographic and need not be: whoever can make two words collide can as well copy the text.
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

__all__ = ["NO_SHINGLE", "SHINGLE_WIDTH", "Words", "hash_texts", "salt_by_row", "shingles", "tokenize"]

Codes: TypeAlias = NDArray[np.uint32]

#: Words per shingle, a judgement. Five is usual for web text; three survives twice as many changes of single words, and what three words
#: share by chance is sorted out where the full texts are compared.
SHINGLE_WIDTH = 3

#: Stands where no shingle begins; `shingles` returns it for no shingle.
NO_SHINGLE = np.uint64(2**64 - 1)

# Kinds of characters: between words, part of a word, a word by itself, a combining mark, invisible or optional.
_SEPARATOR, _WORD_PART, _WHOLE_WORD, _MARK, _IGNORED = range(5)
_CODE_POINTS = 0x110000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # of the polynomial hashes; odd, so that its powers are invertible: 2^64 / golden ratio
_INVERSE = np.uint64(pow(int(_MULTIPLIER), -1, 1 << 64))  # of the multiplier, modulo 2^64
_CACHED_POWERS = 1 << 20
_ROW_MULTIPLIER = np.uint64(0xD1B54A32D192ED03)  # odd too, and another: separates the shingles of different texts

# The scripts that are written without spaces between words (UAX #14, class SA, and ideographs).
_UNSPACED = r"[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Khmer}\p{scx=Lao}\p{scx=Myanmar}\p{scx=Thai}]"
_LETTER = r"[\p{L}\p{N}]"


class Words(NamedTuple):
    """Word hashes and character offsets of a batch of texts, concatenated text after text.

    Attributes:
        hashes: hash of each word.
        starts: offset of each word's first character in its text, in code points.
        ends: offset behind its last character.
        offsets: the words of text `i` are those from `offsets[i]` to `offsets[i + 1]`.
    """

    hashes: HashArray
    starts: IntArray
    ends: IntArray
    offsets: IntArray


def tokenize(texts: pl.Series, *, literal: bool = False) -> Words:
    """Return the words of a batch of texts as hashes with offsets; a null is a text without words.

    Needs some 50 bytes of memory a character while it runs: pass a batch, not a corpus.

    Args:
        texts: any strings.
        literal: compare optional marks and letter variants as they are written. Hashes stored in files were made so (the fingerprints of
            takedowns, the keys of word vectors).

    >>> words = tokenize(pl.Series(["Hello, World!", "我们"]))
    >>> words.starts.tolist(), words.ends.tolist(), words.offsets.tolist()
    ([0, 7, 0, 1], [5, 12, 1, 2], [0, 2, 4])
    """
    texts = texts.fill_null("")
    joined = "\n".join(texts.to_list()) + "\n"  # a separator after each text, so that no word reaches over its end
    codes = np.frombuffer(joined.encode("utf-32-le"), "<u4").astype(np.intp)
    text_starts = prefix_sum(texts.str.len_chars().to_numpy().astype(np.int64) + 1)
    table = _character_table(literal)

    starts, ends = _word_spans(table, codes, literal=literal)
    offsets = np.searchsorted(starts, text_starts)
    text_start = np.repeat(text_starts[:-1], np.diff(offsets))
    return Words(_hash_words(table, codes, starts), starts - text_start, ends - text_start, offsets)


def shingles(words: Words, width: int = SHINGLE_WIDTH) -> HashArray:
    """Return for each word the hash of the shingle of `width` words that begins with it, `NO_SHINGLE` where its text ends before.

    >>> hashes = shingles(tokenize(pl.Series(["a b c d", "b c d"])))
    >>> (hashes != NO_SHINGLE).tolist()
    [True, True, False, False, True, False, False]
    >>> bool(hashes[1] == hashes[4])
    True
    """
    total = np.zeros_like(words.hashes)
    for ahead in range(width):
        total *= _MULTIPLIER
        reach = max(len(total) - ahead, 0)
        total[:reach] += words.hashes[ahead : ahead + reach]
    mixed = np.minimum(mix_bits(total), NO_SHINGLE - np.uint64(1))
    remaining = np.repeat(words.offsets[1:], np.diff(words.offsets)) - np.arange(len(total))
    return np.where(remaining >= width, mixed, NO_SHINGLE)


def hash_texts(words: Words) -> HashArray:
    """Return one hash per text, of its words in order; all texts without words have the same."""
    counts = np.diff(words.offsets)
    hashes = np.zeros(len(counts), dtype=np.uint64)
    if len(words.hashes):
        place = np.arange(len(words.hashes)) - np.repeat(words.offsets[:-1], counts)
        hashes[counts > 0] = np.add.reduceat(words.hashes * _powers(int(counts.max()))[place], words.offsets[:-1][counts > 0])
    return mix_bits(hashes)


def salt_by_row(shingles: HashArray, rows: IntArray) -> HashArray:
    """Return shingle hashes salted with the row of their text, so that equal shingles of different texts get different hashes."""
    return mix_bits(shingles + (rows.astype(np.uint64) + np.uint64(1)) * _ROW_MULTIPLIER)


class _CharacterTable(NamedTuple):
    """Kind, hash value and folded length of every code point.

    Attributes:
        kind: `_SEPARATOR`, `_WORD_PART`, `_WHOLE_WORD`, `_MARK` or `_IGNORED`.
        value: what the character adds to the polynomial hash of its word: the sum over the characters of its folded form.
        length: number of characters of its folded form.
    """

    kind: NDArray[np.uint8]
    value: HashArray
    length: NDArray[np.uint8]


@functools.cache
def _character_table(literal: bool) -> _CharacterTable:  # noqa: FBT001 - of a cache
    """Build the table of kinds and hash values of all code points, once per process (0.3 s).

    By Polars and not by `unicodedata`: its Unicode version is pinned with it, Python's is not.
    """
    codes = np.arange(_CODE_POINTS, dtype="<u4")
    codes = codes[(codes < 0xD800) | (codes > 0xDFFF)]  # noqa: PLR2004 (surrogates: no characters, and Polars holds none)
    characters = pl.Series("character", list(codes.tobytes().decode("utf-32-le"))).to_frame().lazy()
    column = pl.col("character")
    word_characters = (
        characters.with_columns(pl.Series("code", codes))
        .with_columns(
            pl.when(~pl.lit(literal) & column.str.contains(optional_marks.OPTIONAL_MARKS))
            .then(_IGNORED)
            .when(column.str.contains(_LETTER))
            .then(pl.when(column.str.contains(_UNSPACED)).then(_WHOLE_WORD).otherwise(_WORD_PART))
            .when(column.str.contains(r"\p{M}"))
            .then(_MARK)
            .when(column.str.contains(r"\p{Cf}"))
            .then(_IGNORED)
            .otherwise(_SEPARATOR)
            .alias("kind")
        )
        .filter(pl.col("kind") != _SEPARATOR)
        .with_columns((_folded(column) if literal else optional_marks.strip_optional_marks(_folded(column))).alias("folded"))
        # A character that is a mark on a blank or on a stretched line in compatibility form is that mark.
        .with_columns(pl.when(~pl.lit(literal) & (pl.col("folded").str.strip_chars() == "")).then(_IGNORED).otherwise("kind").alias("kind"))
        .collect()
    )
    kind, value, length = np.zeros(_CODE_POINTS, np.uint8), np.zeros(_CODE_POINTS, np.uint64), np.zeros(_CODE_POINTS, np.uint8)
    kind[word_characters["code"]] = word_characters["kind"]
    # The values of characters: with the folded forms "ss" (of ß) and "a", lengths 2 1 give offsets 0 2 3 and places 0 1 0 in the form; the
    # value of ß is h(s) + h(s) * m with the multiplier m, that of a is h(a).
    hashed = word_characters.filter(pl.col("kind") != _IGNORED)
    folded: Codes = np.frombuffer("".join(hashed["folded"]).encode("utf-32-le"), "<u4")
    lengths = hashed["folded"].str.len_chars().to_numpy().astype(np.int64)
    offsets = prefix_sum(lengths)
    place = np.arange(len(folded)) - np.repeat(offsets[:-1], lengths)
    terms = mix_bits(folded.astype(np.uint64) + _MULTIPLIER) * _powers(int(lengths.max()))[place]
    value[hashed["code"]] = np.add.reduceat(terms, offsets[:-1])
    length[hashed["code"]] = lengths
    return _CharacterTable(kind, value, length)


def _folded(character: pl.Expr) -> pl.Expr:
    """Return characters in Unicode compatibility form (NFKD), case-folded."""
    # Up, then down: unlike down alone, it makes one of both small sigmas, and of the sharp s and SS.
    return character.str.normalize("NFKD").str.to_uppercase().str.to_lowercase().str.normalize("NFKD")


def _word_spans(table: _CharacterTable, codes: IntArray, *, literal: bool) -> tuple[IntArray, IntArray]:
    r"""Return start and end of every word in an array of code points; zero, in place, marks that belong to no word.

    Args:
        table: kinds of characters.
        codes: code points of all texts; the last one is a separator. Changed in place.
        literal: as in `tokenize`.
    """
    # Example: "ab\u0301, c\n", where \u0301 is a combining accent.
    #   kind        W W M S S W S      W part of a word, M mark, S separator
    #   places      2                  base 1: the b that the accent belongs to
    #   kind        W W W S S W S      the accent takes the kind of its base
    #   edges       0 3 5 6            where the kind changes: words are 0 to 3 and 5 to 6
    kind = table.kind.take(codes)
    # A mark or an invisible character belongs to what it stands behind; in front of all text, to the separator that is last.
    places = np.flatnonzero(kind >= _MARK)
    base = np.maximum.accumulate(np.where(np.diff(places, prepend=-2) > 1, places, 0)) - 1
    base_kind = kind[base]
    if len(places) and not literal:
        optional_marks.normalise_marks(codes, places, base)
    kind[places] = base_kind
    codes[places[base_kind == _SEPARATOR]] = 0
    if kind.max() <= _WORD_PART:  # most texts: no character is a word by itself
        edges = np.flatnonzero(np.append(kind[0] != _SEPARATOR, kind[1:] != kind[:-1]))
        return edges[::2], edges[1::2]
    whole_word = kind == _WHOLE_WORD
    whole_word[places] = False
    in_word, previous_kind = kind != _SEPARATOR, np.concatenate(([_SEPARATOR], kind[:-1]))
    begins = whole_word | ((kind == _WORD_PART) & (previous_kind != _WORD_PART))
    return np.flatnonzero(begins), np.flatnonzero(in_word & np.concatenate((begins[1:] | ~in_word[1:], [True]))) + 1


def _hash_words(table: _CharacterTable, codes: IntArray, starts: IntArray) -> HashArray:
    """Return the polynomial hash of each word: the sum of character value times `_MULTIPLIER` to the place in the word, mixed.

    The powers run on from word to word, and each sum is divided by the power that its word begins with: so no character has to know its
    place in its word.

    Args:
        table: value and folded length of each character; a separator adds nothing.
        codes: code points of all words and of the separators between them.
        starts: where words begin.
    """
    # Example with the multiplier m and words of one and two characters, "a bc": the terms are a, 0, b*m, c*m^2 (the separator has length 0);
    # their sums between the starts 0 and 2 are a and b*m + c*m^2, which divided by m^0 and m^1 are the hashes a and b + c*m.
    if not len(starts):
        return np.zeros(0, dtype=np.uint64)
    place = prefix_sum(table.length.take(codes))
    count = int(place[-1]) + 1
    terms = table.value.take(codes)
    terms *= _powers(count).take(place[:-1])
    # Differences of running sums: `np.add.reduceat` takes twice as long for runs as short as words.
    sums = prefix_sum(terms, np.uint64)
    return mix_bits(np.diff(sums[np.append(starts, len(codes))]) * _powers(count, _INVERSE).take(place[starts]))


def _powers(count: int, base: np.uint64 = _MULTIPLIER) -> HashArray:
    """Return the powers 0 to `count` - 1 of a base, modulo 2^64."""
    return _cached_powers(base)[:count] if count <= _CACHED_POWERS else _compute_powers(count, base)


@functools.cache
def _cached_powers(base: np.uint64) -> HashArray:
    """Return the first `_CACHED_POWERS` powers of a base, computed once per process."""
    return _compute_powers(_CACHED_POWERS, base)


def _compute_powers(count: int, base: np.uint64) -> HashArray:
    """Compute the powers 0 to `count` - 1 of a base, modulo 2^64."""
    powers = np.full(count, base, dtype=np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, dtype=np.uint64)
