"""Learn the word vectors that come with saring, and write them.

    python bench/train_vectors.py CONCEPTS.tsv.gz TATOEBA.tsv.gz [-o pipeline/saring/translation/embeddings/word_vectors.npz]

Needs, besides the project: scipy 1. CONCEPTS has the columns language, concept, lemma (wordnets that share their concepts); TATOEBA has
language, sentence, english. Deterministic: the same data and code give the same file.

Concepts begin as random points; then, some times over, each word moves to the middle of its concepts, and each concept to the middle of
its words (a power iteration on the graph of words and concepts, as in FastRP, Chen et al. 2019, and RandNE, Zhang et al. 2018), while the
middle of all stays where it is. Few rounds make words near that share a concept; many would make everything near that is connected at all.
`bench/vectors.py` measures what that is worth.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from saring.translation.embeddings import VECTORS, word_forms
from saring.translation.embeddings.word_vectors import unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from saring.core.arrays import IntArray
    from saring.translation.embeddings import Matrix

__all__ = ["learn", "main", "write"]

DIMENSIONS, ROUNDS = 320, 5

#: As many concepts as two bytes can name; those that most languages have a word for.
_CONCEPTS = 65_536
#: A word keeps this many senses.
_SENSES = 12
#: A sense of a word with n of them in a language counts n to minus this.
_POLYSEMY = 0.4
#: A word that is this share of all words counts half (the smooth inverse frequency of Arora et al., 2017).
_FREQUENT = 1e-3
#: A stem is listed for words that share a concept with words of at least this many languages.
_STEM_LANGUAGES = 10
_STEM_SHARE = 0.55
#: Where the outer two of four steps begin, in standard deviations.
_BOUND = 0.9816


class Lexicon(NamedTuple):
    """Which word may mean what.

    Attributes:
        keys: of words and stems, sorted.
        word, concept, share: one entry each for a word (row of `keys`) that may mean a concept.
        weights: of the words, 0 to 1.
    """

    keys: word_forms.Keys
    word: IntArray
    concept: IntArray
    share: NDArray[np.float64]
    weights: NDArray[np.float64]


def learn(concepts: pl.DataFrame, pairs: pl.DataFrame, *, dimensions: int = DIMENSIONS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Return the arrays of the file of vectors.

    Args:
        concepts: language, concept, lemma.
        pairs: language, sentence, english.
        dimensions: of the vectors, a multiple of four.
        rounds: how often words and concepts move.
    """
    lexicon = _lexicon(concepts, pairs)
    words, points = _spread(lexicon, dimensions, rounds)
    return _pack(lexicon, words, points)


def _lexicon(concepts: pl.DataFrame, pairs: pl.DataFrame) -> Lexicon:
    concepts = concepts.unique(maintain_order=True).with_columns(known=pl.col("language").n_unique().over("concept"))
    ranked = concepts.group_by("concept").agg(pl.col("known").first()).sort(["known", "concept"], descending=[True, False])
    numbered = ranked.head(_CONCEPTS).select("concept").with_row_index("number")
    concepts = concepts.join(numbered, on="concept", maintain_order="left")
    concepts = concepts.with_columns(share=pl.len().over("language", "lemma").cast(pl.Float64) ** -_POLYSEMY)
    lemmas = concepts["lemma"].unique(maintain_order=True)
    places = lemmas.to_frame().with_row_index("row")
    entries = concepts.join(places, on="lemma", maintain_order="left").select("row", "number", "share", "known")

    found = word_forms.split_words(lemmas)
    parts = _parts(found)
    stems = _stems(found)
    # A lemma of several words says of each of them a part of what it means.
    keyed = pl.concat([parts.with_columns(stem=False), stems.with_columns(stem=True)])
    listed = (
        entries.join(keyed, on="row")
        .filter(~pl.col("stem") | (pl.col("known") >= _STEM_LANGUAGES))
        .group_by("key", "number")
        .agg((pl.col("share") * pl.col("part")).sum(), pl.col("stem").all())
        .sort("key", "number")
    )
    keys, word = np.unique(listed["key"].to_numpy(), return_inverse=True)
    weights = _FREQUENT / (_FREQUENT + _frequencies(pairs, keys))
    return Lexicon(keys, word, listed["number"].to_numpy().astype(np.int64), listed["share"].to_numpy(), weights)


def _parts(found: word_forms.Forms) -> pl.DataFrame:
    """Return the keys of the words of each lemma (row), and what part of it each is."""
    begins = np.ones(len(found.rows), dtype=bool)
    begins[1:] = ~found.touches[:-1]
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=len(begins))
    fit = lengths <= word_forms.LONGEST
    hashes = np.stack(word_forms.touching_runs(found))[lengths[fit] - 1, starts[fit]]
    parts = pl.DataFrame({"row": found.rows[starts[fit]].astype(np.uint32), "key": word_forms.narrow_hashes(hashes)})
    return parts.with_columns(part=1 / pl.len().over("row"))


def _stems(found: word_forms.Forms) -> pl.DataFrame:
    """Return the keys of the prefixes of lemmas that are one word."""
    single = np.bincount(found.rows, minlength=len(found.texts))[found.rows] == 1
    words = pl.DataFrame({"row": found.rows[single].astype(np.uint32), "length": found.lengths[single]})
    words = words.with_columns(word=found.texts.gather(words["row"])).filter(pl.col("word").str.len_chars() == pl.col("length"))
    made = []
    for size in word_forms.STEMS:
        some = words.filter((pl.col("length") > size) & (pl.col("length") * _STEM_SHARE <= size))
        (hashes,) = word_forms.prefixes(some["word"], [np.full(some.height, size)])
        made.append(some.select("row").with_columns(pl.Series("key", word_forms.narrow_hashes(word_forms.stem_keys(hashes)))))
    return pl.concat(made).with_columns(part=pl.lit(0.5))


def _frequencies(pairs: pl.DataFrame, keys: word_forms.Keys) -> NDArray[np.float64]:
    """Return how frequent words are, in the language where they are most frequent."""
    english = pairs.select(language=pl.lit("en"), sentence="english")
    sentences = pl.concat([pairs.select("language", "sentence"), english])
    frequent = np.zeros(len(keys))
    for _, some in sorted(sentences.partition_by("language", as_dict=True).items()):
        _, places = word_forms.find_keys(some["sentence"], keys)
        counts = np.bincount(places, minlength=len(keys))
        frequent = np.maximum(frequent, counts / max(counts.sum(), 1))
    return frequent


def _spread(lexicon: Lexicon, dimensions: int, rounds: int) -> tuple[Matrix, Matrix]:
    """Return the places of words and of concepts."""
    import scipy.sparse  # type: ignore[import-not-found,import-untyped,unused-ignore]  # noqa: PLC0415 - not a dependency of the project

    shares = lexicon.share / np.sqrt(np.bincount(lexicon.word, lexicon.share**2))[lexicon.word]
    of_words = scipy.sparse.csr_matrix((shares.astype(np.float32), (lexicon.word, lexicon.concept)))
    of_concepts = of_words.T.tocsr()
    words = unit_rows(np.random.default_rng(1).standard_normal((len(lexicon.keys), dimensions), dtype=np.float32))
    points = words
    for _ in range(rounds):
        points = of_concepts @ (words - words.mean(axis=0))
        points = unit_rows(points - points.mean(axis=0))
        words = unit_rows(of_words @ points)
    return words, points


def _pack(lexicon: Lexicon, words: Matrix, points: Matrix) -> dict[str, Any]:
    # The senses that are nearest to the middle of all: what a word mostly means.
    near = np.concatenate([np.einsum("ij,ij->i", words[w], points[c]) for w, c in _slices(lexicon)])
    senses = pl.DataFrame({"word": lexicon.word, "concept": lexicon.concept, "share": lexicon.share, "near": lexicon.share * near})
    senses = (
        senses.sort(["word", "near", "concept"], descending=[False, True, False])
        .group_by("word", maintain_order=True)
        .head(_SENSES)
        .with_columns(share=(pl.col("share") / pl.col("share").max().over("word") * 255).round().clip(1, 255))
    )
    # A coordinate is one of four steps, those that lose the least of normal numbers (Lloyd, 1982; Max, 1960); `LEVELS` are their means.
    steps = np.digitize(points * np.sqrt(points.shape[1]), [-_BOUND, 0, _BOUND]).astype(np.uint8).reshape(len(points), -1, 4)
    return {
        "gaps": np.diff(lexicon.keys, prepend=np.uint32(0)),  # smaller than the keys, so that they can be packed
        "counts": senses.group_by("word", maintain_order=True).len()["len"].to_numpy().astype(np.uint8),
        "senses": senses["concept"].to_numpy().astype(np.uint16),
        "shares": senses["share"].to_numpy().astype(np.uint8),
        "weights": np.round(lexicon.weights * 255).astype(np.uint8),
        "points": (steps << np.array([6, 4, 2, 0], dtype=np.uint8)).sum(axis=2, dtype=np.uint8),
    }


def _slices(lexicon: Lexicon, size: int = 200_000) -> list[tuple[IntArray, IntArray]]:
    return [(lexicon.word[begin : begin + size], lexicon.concept[begin : begin + size]) for begin in range(0, len(lexicon.word), size)]


def write(arrays: dict[str, Any], file: Path) -> None:
    """Write the arrays; zip's dates are fixed by numpy, so that the same numbers are the same bytes."""
    with file.open("wb") as target:
        np.savez_compressed(target, **arrays)


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("concepts", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=VECTORS)
    arguments = parser.parse_args()
    tables = [pl.read_csv(file, separator="\t", quote_char=None) for file in (arguments.concepts, arguments.pairs)]
    arrays = learn(*tables)
    write(arrays, arguments.out)
    digest = hashlib.sha256(arguments.out.read_bytes()).hexdigest()
    print(
        f"{len(arrays['gaps'])} words and stems, {len(arrays['points'])} senses, {arguments.out.stat().st_size / 1e6:.1f} MB, sha256 {digest}"
    )


if __name__ == "__main__":
    main()
