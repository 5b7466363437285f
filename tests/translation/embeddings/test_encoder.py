"""Sentence encoders in place of the word vectors: loading, errors, and the adapter to data frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl
import pytest

from saring.core.errors import ConfigError
from saring.translation import embeddings

if TYPE_CHECKING:
    from pathlib import Path


def test_the_default_encoder_is_the_word_vectors() -> None:
    """Without a configured encoder, sentences are embedded by the word vectors."""
    assert embeddings.encoder_named(None) is embeddings.load_vectors()


def test_a_folder_without_a_model_is_an_error(tmp_path: Path) -> None:
    """The message names the setting and says what to do, whichever libraries are installed."""
    with pytest.raises(ConfigError, match=r"corpus\.toml: overlap\.encoder: expected a folder with a model, found .*Name the folder"):
        embeddings.load_encoder(str(tmp_path))


def test_a_missing_library_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message for an encoder without its library says what to install."""
    monkeypatch.setitem(__import__("sys").modules, "sentence_transformers", None)
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")

    with pytest.raises(ConfigError, match=r"package sentence-transformers.*not installed\. Run: pip install 'saring\[encoder\]'"):
        embeddings.load_encoder(str(tmp_path))


class LengthModel:
    """A minimal encoder model: a sentence has two coordinates, its length and whether it holds an a."""

    def encode(self, sentences: list[str]) -> list[list[float]]:
        """Return two numbers per sentence; fail on sentences that a model should not get: blank and repeated ones."""
        assert all(sentence.strip() for sentence in sentences)
        assert len(set(sentences)) == len(sentences)
        return [[float(len(sentence)), float("a" in sentence)] for sentence in sentences]


def test_an_encoder_gets_each_sentence_once_and_no_blank_one() -> None:
    """Blank sentences and nulls have the zero vector, repeated sentences equal ones."""
    vectors = embeddings.ModelEncoder(LengthModel()).embed(pl.DataFrame({"text": ["xyz", None, "", "aaa", "xyz", " \n"]}))

    expected = [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [3 / 10**0.5, 1 / 10**0.5], [1.0, 0.0], [0.0, 0.0]]
    assert np.allclose(expected, vectors)


def test_a_model_in_a_folder_is_loaded(tmp_path: Path) -> None:
    """A tiny model2vec model, created here, is loaded from its folder; nothing is downloaded."""
    model2vec = pytest.importorskip("model2vec")
    tokenizers = pytest.importorskip("tokenizers")
    vocabulary = {"[UNK]": 0, "kucing": 1, "cat": 2, "rumah": 3}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.WordLevel(vocabulary, unk_token="[UNK]"))  # noqa: S106 - a token, no password
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    points = np.array([[0, 0], [3, 0], [1, 0], [0, 1]], dtype=np.float32)
    model2vec.StaticModel(points, tokenizer).save_pretrained(str(tmp_path))

    encoder = embeddings.encoder_named(str(tmp_path))
    vectors = encoder.embed(pl.DataFrame({"text": ["cat", "kucing", "rumah", ""]}))

    assert np.allclose([[1, 0], [1, 0], [0, 1], [0, 0]], vectors)
