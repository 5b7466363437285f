"""Word vectors: translations have similar embeddings, unknown words have none, and an embedding depends on its sentence alone."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from saring.core.errors import ConfigError
from saring.translation import embeddings

if TYPE_CHECKING:
    from random import Random

CASES = tomllib.loads((Path(__file__).parents[2] / "cases" / "meaning.toml").read_text(encoding="utf-8"))
WORDS = ["bread", "rumah sakit", "l'eau", "Лодки", "штормами", "政府提高了", "パン", "membanjiri", "zzqx", "2024", "\n", "", "ประเทศ"]


def embed(*texts: str | None) -> embeddings.Matrix:
    """Return the embeddings of sentences."""
    return embeddings.load_vectors().embed(pl.DataFrame({"text": texts}, schema={"text": pl.String}))


def labels(case: dict[str, Any]) -> str:
    """Return the label of a case."""
    return str(case["label"])


@pytest.mark.parametrize("case", CASES["group"], ids=labels)
def test_translations_are_nearer_than_other_sentences(case: dict[str, Any]) -> None:
    """Each sentence of a group is more similar to each of its translations than to any other sentence."""
    same, unrelated = embed(*case["same"]), embed(*case["other"])

    for to_translations, to_unrelated in zip((same @ same.T).min(axis=1), (same @ unrelated.T).max(axis=1), strict=True):
        assert to_translations > to_unrelated


@pytest.mark.parametrize("case", CASES["spelling"], ids=labels)
def test_spellings_of_a_word_have_one_vector(case: dict[str, Any]) -> None:
    """Case, accents and compatibility forms do not change an embedding."""
    first, second = embed(case["one"], case["two"])

    assert first.any()
    assert first.tolist() == second.tolist()


@pytest.mark.parametrize("case", CASES["nothing"], ids=labels)
def test_a_sentence_of_unknown_words_is_zero(case: dict[str, Any]) -> None:
    """A sentence without a known word has the zero vector."""
    assert not embed(case["text"]).any()


def test_null_is_zero_and_an_empty_frame_has_no_rows() -> None:
    """A null has the zero vector, and a frame without rows gives a matrix without rows."""
    assert not embed(None).any()
    assert embed().shape == (0, embeddings.load_vectors().dimensions)


def test_huge_sentences() -> None:
    """A million words on one line, one word of a million letters, and a long unspaced line are embedded like other sentences."""
    long = "Heavy rain flooded the bridge. " * 200_000
    repeated, once, letters, unspaced = embed(long, "Heavy rain flooded the bridge.", "x" * 1_000_000, "雨" * 300_000)

    assert np.allclose(repeated, once, atol=1e-5)
    assert not letters.any()
    assert np.linalg.norm(unspaced) == pytest.approx(1, abs=1e-5)


def test_a_sentence_with_many_words_is_the_sum_of_them() -> None:
    """A word counts once, however often it occurs in a long sentence."""
    vectors = embeddings.load_vectors()
    words = pl.Series(["rain", "bread", "hospital", "Regen", "pont", "rumah", "книга", "price", "teacher", "school"])
    many = pl.DataFrame({"text": [" ".join(f"{first} {second}" for first in words for second in words), " ".join(words)]})

    sums = vectors.sums(many)

    assert np.allclose(sums[0], sums[1], atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=6), st.randoms(use_true_random=False))
def test_embeddings_do_not_depend_on_the_batch(sentences: list[str], random: Random) -> None:
    """A sentence has the same embedding alone and in a batch, in any order."""
    together = embed(*sentences)
    order = list(range(len(sentences)))
    random.shuffle(order)

    assert [embed(sentence)[0].tolist() for sentence in sentences] == together.tolist()
    assert embed(*(sentences[place] for place in order)).tolist() == together[order].tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_embeddings_have_length_one_or_zero(sentences: list[str]) -> None:
    """The embedding of any string has unit length, or is zero."""
    lengths = np.linalg.norm(embed(*sentences), axis=1)

    assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no vectors at all"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    """The message for a damaged file of word vectors names it, and says what to do."""
    (tmp_path / "vectors.npz").write_bytes(content)

    with pytest.raises(ConfigError, match=r"vectors\.npz: expected word vectors, found .*Install saring again"):
        embeddings.load_vectors(tmp_path / "vectors.npz")


def test_the_word_vectors_match_their_documented_hash() -> None:
    """The SHA-256 in word_vectors.md is that of the file: new vectors need new documentation, and a damaged copy is noticed."""
    digest = hashlib.sha256(embeddings.VECTORS_FILE.read_bytes()).hexdigest()

    assert digest in embeddings.VECTORS_FILE.with_suffix(".md").read_text(encoding="utf-8")
    assert embeddings.VECTORS_FILE.stat().st_size < 15_000_000


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """The message for a missing file of word vectors says that it cannot be read."""
    with pytest.raises(ConfigError, match=r"none\.npz: expected word vectors, found a file that cannot be read"):
        embeddings.load_vectors(tmp_path / "none.npz")
