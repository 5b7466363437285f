"""Train the multilingual word vectors that come with saring, and write `word_vectors.npz`.

    python bench/train_vectors.py CONCEPTS.tsv.gz TATOEBA.tsv.gz [-o pipeline/saring/translation/embeddings/word_vectors.npz]

Needs, besides the project: scipy 1. CONCEPTS has the columns language, concept, lemma (wordnets that share their concepts); TATOEBA has
language, sentence, english. Deterministic: the same data and code give the same file.

Words begin as random vectors; in each round, each concept becomes the mean of its words, and each word the mean of its concepts (a power
iteration on the bipartite graph of words and concepts, as in FastRP, Chen et al. 2019, and RandNE, Zhang et al. 2018), while the mean of all
is kept at zero. A few rounds bring words together that share a concept; many would bring together everything that is connected at all.
`bench/vectors.py` measures the quality of the result.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from saring.translation.embeddings import VECTORS_FILE, word_forms
from saring.translation.embeddings.word_vectors import unit_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from saring.core.arrays import IntArray
    from saring.translation.embeddings import Matrix

__all__ = ["learn", "main", "write"]

#: Chosen by bench/vectors.py.
DIMENSIONS, ROUNDS = 320, 5

#: As many concepts as two bytes can number; those with words in the most languages.
_CONCEPTS = 65_536
#: Senses that are kept of a word; chosen by bench/vectors.py.
_SENSES = 12
#: A sense of a word with n senses in a language has the weight n to the power of minus this; a judgement.
_POLYSEMY = 0.4
#: A word with this share of all occurrences has the weight of a half (smooth inverse frequency, Arora et al., 2017); chosen by bench/vectors.py.
_FREQUENT = 1e-3
#: A stem is listed for words that share a concept with words of at least this many languages, and has at least this share of the word;
#: both are judgements.
_STEM_LANGUAGES = 10
_STEM_SHARE = 0.55
#: Where the outer two of four quantisation levels begin, in standard deviations (Max, 1960).
_BOUND = 0.9816


class Lexicon(NamedTuple):
    """Weighted bipartite graph of words and concepts.

    Attributes:
        keys: vocabulary keys of words and stems, sorted.
        word: for each edge, the row in `keys`.
        concept: for each edge, the concept.
        share: for each edge, its weight.
        weights: rarity weight of each word, 0 to 1.
    """

    keys: word_forms.Keys
    word: IntArray
    concept: IntArray
    share: NDArray[np.float64]
    weights: NDArray[np.float64]


def learn(concepts: pl.DataFrame, pairs: pl.DataFrame, *, dimensions: int = DIMENSIONS, rounds: int = ROUNDS) -> dict[str, Any]:
    """Train word vectors, and return the arrays of their file.

    Args:
        concepts: language, concept, lemma.
        pairs: language, sentence, english.
        dimensions: of the vectors, a multiple of four.
        rounds: iterations of the power iteration.
    """
    lexicon = _lexicon(concepts, pairs)
    words, points = _power_iteration(lexicon, dimensions, rounds)
    return _pack(lexicon, words, points)


def _lexicon(concepts: pl.DataFrame, pairs: pl.DataFrame) -> Lexicon:
    """Build the graph of words and concepts from wordnets, and rarity weights from sentences."""
    concepts = concepts.unique(maintain_order=True).with_columns(known=pl.col("language").n_unique().over("concept"))
    ranked = concepts.group_by("concept").agg(pl.col("known").first()).sort(["known", "concept"], descending=[True, False])
    numbered = ranked.head(_CONCEPTS).select("concept").with_row_index("number")
    concepts = concepts.join(numbered, on="concept", maintain_order="left")
    concepts = concepts.with_columns(share=pl.len().over("language", "lemma").cast(pl.Float64) ** -_POLYSEMY)
    lemmas = concepts["lemma"].unique(maintain_order=True)
    places = lemmas.to_frame().with_row_index("row")
    entries = concepts.join(places, on="lemma", maintain_order="left").select("row", "number", "share", "known")

    lemma_words = word_forms.split_words(lemmas)
    parts = _parts(lemma_words)
    stems = _stems(lemma_words)
    # A lemma of several words divides its weight among them.
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


def _parts(words: word_forms.FoldedWords) -> pl.DataFrame:
    """Return the vocabulary keys of the words of each lemma (row), and which part of the lemma each is."""
    begins = np.ones(len(words.rows), dtype=bool)
    begins[1:] = ~words.touches[:-1]
    starts = np.flatnonzero(begins)
    lengths = np.diff(starts, append=len(begins))
    fit = lengths <= word_forms.MAX_COMPOUND
    hashes = np.stack(word_forms.compound_hashes(words))[lengths[fit] - 1, starts[fit]]
    parts = pl.DataFrame({"row": words.rows[starts[fit]].astype(np.uint32), "key": word_forms.hashes_to_keys(hashes)})
    return parts.with_columns(part=1 / pl.len().over("row"))


def _stems(words: word_forms.FoldedWords) -> pl.DataFrame:
    """Return the vocabulary keys of stems, the prefixes of lemmas of a single word."""
    single = np.bincount(words.rows, minlength=len(words.texts))[words.rows] == 1
    lemmas = pl.DataFrame({"row": words.rows[single].astype(np.uint32), "length": words.lengths[single]})
    lemmas = lemmas.with_columns(word=words.texts.gather(lemmas["row"])).filter(pl.col("word").str.len_chars() == pl.col("length"))
    stems = []
    for size in word_forms.STEM_LENGTHS:
        stemmed = lemmas.filter((pl.col("length") > size) & (pl.col("length") * _STEM_SHARE <= size))
        (hashes,) = word_forms.prefix_hashes(stemmed["word"], [np.full(stemmed.height, size)])
        stems.append(stemmed.select("row").with_columns(pl.Series("key", word_forms.hashes_to_keys(word_forms.stem_hashes(hashes)))))
    return pl.concat(stems).with_columns(part=pl.lit(0.5))


def _frequencies(pairs: pl.DataFrame, keys: word_forms.Keys) -> NDArray[np.float64]:
    """Return the relative frequency of each word, in the language where it is most frequent."""
    english = pairs.select(language=pl.lit("en"), sentence="english")
    sentences = pl.concat([pairs.select("language", "sentence"), english])
    frequencies = np.zeros(len(keys))
    for _, part in sorted(sentences.partition_by("language", as_dict=True).items()):
        _, places = word_forms.find_keys(part["sentence"], keys)
        counts = np.bincount(places, minlength=len(keys))
        frequencies = np.maximum(frequencies, counts / max(counts.sum(), 1))
    return frequencies


def _power_iteration(lexicon: Lexicon, dimensions: int, rounds: int) -> tuple[Matrix, Matrix]:
    """Return unit vectors of words and of concepts by power iteration on the graph."""
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
    """Compress word vectors into the arrays of the file: the main senses of each word, and senses quantised to two bits."""
    # The senses nearest to the mean of all: the main ones of a word.
    closeness = np.concatenate([np.einsum("ij,ij->i", words[w], points[c]) for w, c in _slices(lexicon)])
    senses = pl.DataFrame(
        {"word": lexicon.word, "concept": lexicon.concept, "share": lexicon.share, "closeness": lexicon.share * closeness}
    )
    senses = (
        senses.sort(["word", "closeness", "concept"], descending=[False, True, False])
        .group_by("word", maintain_order=True)
        .head(_SENSES)
        .with_columns(share=(pl.col("share") / pl.col("share").max().over("word") * 255).round().clip(1, 255))
    )
    # Four levels with the least error for normally distributed values (Lloyd, 1982; Max, 1960); `QUANTISATION_LEVELS` are their means.
    levels = np.digitize(points * np.sqrt(points.shape[1]), [-_BOUND, 0, _BOUND]).astype(np.uint8).reshape(len(points), -1, 4)
    return {
        "gaps": np.diff(lexicon.keys, prepend=np.uint32(0)),  # smaller than the keys, so that they can be packed
        "counts": senses.group_by("word", maintain_order=True).len()["len"].to_numpy().astype(np.uint8),
        "senses": senses["concept"].to_numpy().astype(np.uint16),
        "shares": senses["share"].to_numpy().astype(np.uint8),
        "weights": np.round(lexicon.weights * 255).astype(np.uint8),
        "points": (levels << np.array([6, 4, 2, 0], dtype=np.uint8)).sum(axis=2, dtype=np.uint8),
    }


def _slices(lexicon: Lexicon, size: int = 200_000) -> list[tuple[IntArray, IntArray]]:
    """Return the edges of the graph (word, concept) in slices."""
    return [(lexicon.word[begin : begin + size], lexicon.concept[begin : begin + size]) for begin in range(0, len(lexicon.word), size)]


def write(arrays: dict[str, Any], file: Path) -> None:
    """Write the arrays of word vectors to a file; numpy fixes the dates in the archive, so equal arrays give equal bytes."""
    with file.open("wb") as target:
        np.savez_compressed(target, **arrays)


def main() -> None:
    """Train word vectors and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("concepts", type=Path)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("-o", "--out", type=Path, default=VECTORS_FILE)
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
