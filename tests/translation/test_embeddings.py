"""Sentences as vectors: near where they mean the same, zero where nothing is known, and a function of the sentence alone."""

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

CASES = tomllib.loads((Path(__file__).parents[1] / "cases" / "meaning.toml").read_text(encoding="utf-8"))
WORDS = ["bread", "rumah sakit", "l'eau", "Лодки", "штормами", "政府提高了", "パン", "membanjiri", "zzqx", "2024", "\n", "", "ประเทศ"]


def embed(*texts: str | None) -> embeddings.Matrix:
    """Return the vectors of sentences."""
    return embeddings.load_vectors().embed(pl.DataFrame({"text": texts}, schema={"text": pl.String}))


def labels(case: dict[str, Any]) -> str:
    """Return what a case is called."""
    return str(case["label"])


@pytest.mark.parametrize("case", CASES["group"], ids=labels)
def test_translations_are_nearer_than_other_sentences(case: dict[str, Any]) -> None:
    """Each sentence of a group is nearer to each of its translations than to anything else."""
    same, other = embed(*case["same"]), embed(*case["other"])

    for near, far in zip((same @ same.T).min(axis=1), (same @ other.T).max(axis=1), strict=True):
        assert near > far


@pytest.mark.parametrize("case", CASES["spelling"], ids=labels)
def test_spellings_of_one_word_are_one(case: dict[str, Any]) -> None:
    """Case, accents and compatibility forms say nothing of the meaning."""
    one, two = embed(case["one"], case["two"])

    assert one.any()
    assert one.tolist() == two.tolist()


@pytest.mark.parametrize("case", CASES["nothing"], ids=labels)
def test_nothing_known_is_nothing(case: dict[str, Any]) -> None:
    """A sentence of which no word is known has no direction."""
    assert not embed(case["text"]).any()


def test_null_is_nothing_and_no_sentences_are_none() -> None:
    """A frame without rows gives a matrix without rows."""
    assert not embed(None).any()
    assert embed().shape == (0, embeddings.load_vectors().dimensions)


def test_a_huge_sentence_is_a_sentence() -> None:
    """A million words on one line, and one word of a million letters."""
    long = "Heavy rain flooded the bridge. " * 200_000
    one, two, three, four = embed(long, "Heavy rain flooded the bridge.", "x" * 1_000_000, "雨" * 300_000)

    assert np.allclose(one, two, atol=1e-5)
    assert not three.any()
    assert np.linalg.norm(four) == pytest.approx(1, abs=1e-5)


def test_more_words_than_are_summed_at_a_time() -> None:
    """A sentence of hundreds of different words is the sum of its parts."""
    vectors = embeddings.load_vectors()
    words = pl.Series(["rain", "bread", "hospital", "Regen", "pont", "rumah", "книга", "price", "teacher", "school"])
    many = pl.DataFrame({"text": [" ".join(f"{first} {second}" for first in words for second in words), " ".join(words)]})

    sums = vectors.sums(many)

    assert np.allclose(sums[0], sums[1], atol=1e-4)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join), max_size=6), st.randoms(use_true_random=False))
def test_a_vector_is_of_its_sentence_alone(sentences: list[str], random: Random) -> None:
    """A batch is its sentences one by one, in whatever order they come."""
    together = embed(*sentences)
    order = list(range(len(sentences)))
    random.shuffle(order)

    assert [embed(sentence)[0].tolist() for sentence in sentences] == together.tolist()
    assert embed(*(sentences[place] for place in order)).tolist() == together[order].tolist()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(), max_size=5))
def test_every_vector_has_length_one_or_none(sentences: list[str]) -> None:
    """Whatever the sentences hold."""
    lengths = np.linalg.norm(embed(*sentences), axis=1)

    assert np.all((np.abs(lengths - 1) < 1e-5) | (lengths == 0))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"no vectors at all"])
def test_a_damaged_file_is_named(tmp_path: Path, content: bytes) -> None:
    """The message says which file, and what to do."""
    (tmp_path / "vectors.npz").write_bytes(content)

    with pytest.raises(ConfigError, match=r"vectors\.npz: expected word vectors, found .*Install saring again"):
        embeddings.load_vectors(tmp_path / "vectors.npz")


def test_the_vectors_are_those_of_which_the_origin_is_written() -> None:
    """Who trains new ones writes down where from; a copy that git or a network damaged is seen."""
    digest = hashlib.sha256(embeddings.VECTORS.read_bytes()).hexdigest()

    assert digest in embeddings.VECTORS.with_suffix(".md").read_text(encoding="utf-8")
    assert embeddings.VECTORS.stat().st_size < 15_000_000


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """As above."""
    with pytest.raises(ConfigError, match="none that can be read"):
        embeddings.load_vectors(tmp_path / "none.npz")


def test_without_a_name_there_are_word_vectors() -> None:
    """Nothing needs an encoder."""
    assert embeddings.encoder_named(None) is embeddings.load_vectors()


def test_an_encoder_that_cannot_be_loaded_says_what_to_do(tmp_path: Path) -> None:
    """A folder without a model, whatever is installed."""
    with pytest.raises(ConfigError, match=r"corpus\.toml: overlap\.encoder: expected a folder with a model, found .*Name the folder"):
        embeddings.load_encoder(str(tmp_path))


def test_a_library_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"package sentence-transformers.*not installed\. Run: pip install 'saring\[encoder\]'"):
        embeddings.load_encoder(str(tmp_path))


class Lengths:
    """The smallest model: a sentence is its number of characters, and whether it holds an a."""

    def encode(self, sentences: list[str]) -> list[list[float]]:
        """Return two numbers a sentence; refuse what a model should not see."""
        assert all(sentence.strip() for sentence in sentences)
        assert len(set(sentences)) == len(sentences)
        return [[float(len(sentence)), float("a" in sentence)] for sentence in sentences]


def test_an_encoder_sees_each_sentence_once_and_no_empty_one() -> None:
    """Zeros stand for the rest."""
    found = embeddings.ModelEncoder(Lengths()).embed(pl.DataFrame({"text": ["xyz", None, "", "aaa", "xyz", " \n"]}))

    expected = [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [3 / 10**0.5, 1 / 10**0.5], [1.0, 0.0], [0.0, 0.0]]
    assert np.allclose(expected, found)


def test_a_model_in_a_folder_is_loaded(tmp_path: Path) -> None:
    """A tiny model of model2vec, made here; nothing is downloaded."""
    model2vec = pytest.importorskip("model2vec")
    tokenizers = pytest.importorskip("tokenizers")
    vocabulary = {"[UNK]": 0, "kucing": 1, "cat": 2, "rumah": 3}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 - a token, no password
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    points = np.array([[0, 0], [3, 0], [1, 0], [0, 1]], dtype=np.float32)
    model2vec.StaticModel(points, tokenizer).save_pretrained(str(tmp_path))

    encoder = embeddings.encoder_named(str(tmp_path))
    found = encoder.embed(pl.DataFrame({"text": ["cat", "kucing", "rumah", ""]}))

    assert np.allclose([[1, 0], [1, 0], [0, 1], [0, 0]], found)
