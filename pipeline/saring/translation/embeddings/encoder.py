"""Sentence encoders in place of the word vectors: a sentence-transformers or model2vec model, from a folder or from the hub.

Nothing is downloaded unless corpus.toml names a model of the hub (`[overlap] encoder = "org/name"`), and neither library is imported before.
"""

from __future__ import annotations

import functools
import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from saring.core.errors import ConfigError
from saring.translation.embeddings.word_vectors import Matrix, load_vectors, unit_rows

if TYPE_CHECKING:
    import polars as pl

__all__ = ["ModelEncoder", "SentenceEncoder", "encoder_named", "load_encoder"]


@runtime_checkable
class SentenceEncoder(Protocol):
    """Computes sentence embeddings: the word vectors that come with saring, or an encoder model."""

    def embed(self, sentences: pl.DataFrame) -> Matrix:
        """Return an embedding of unit length for each row of the column text; zeros for a sentence without a known word."""


class ModelEncoder:
    """Adapter from an encoder model that takes lists of strings to `SentenceEncoder`, which takes data frames.

    Args:
        model: has `encode(list of strings) -> [strings, dimensions]`, as the models of both libraries have.
    """

    def __init__(self, model: Any) -> None:  # noqa: ANN401 - of a library that is not installed where this is checked
        self._model = model

    def embed(self, sentences: pl.DataFrame) -> Matrix:
        """Return sentence embeddings as `SentenceEncoder.embed` does; blank ones and nulls are zeros, and the model never gets them."""
        texts = sentences["text"].fill_null("")
        nonblank = texts.str.contains(r"\S").to_numpy()
        distinct = texts.filter(nonblank).unique(maintain_order=True)
        if not len(distinct):
            return np.zeros((len(texts), 1), dtype=np.float32)
        vectors = np.asarray(self._model.encode(distinct.to_list()), dtype=np.float32)
        matrix = np.zeros((len(texts), vectors.shape[1]), dtype=np.float32)
        numbered = distinct.to_frame("text").with_row_index("place")
        places = texts.filter(nonblank).to_frame("text").join(numbered, on="text", maintain_order="left")
        matrix[nonblank] = unit_rows(np.nan_to_num(vectors))[places["place"].to_numpy()]
        return matrix


def encoder_named(name: str | None) -> SentenceEncoder:
    """Return the sentence encoder that `[overlap] encoder` names; the word vectors that come with saring for None.

    Raises:
        ConfigError: as `load_encoder` does.
    """
    return load_vectors() if name is None else load_encoder(name)


@functools.cache
def load_encoder(name: str) -> ModelEncoder:
    """Load a sentence encoder by sentence-transformers or model2vec, once per process.

    Args:
        name: a folder, or a model of the hub such as `minishlab/potion-multilingual-128M`.

    Raises:
        ConfigError: the model cannot be loaded, or the library that it needs is not installed.
    """
    library = _library(name)
    try:
        module = importlib.import_module(library.replace("-", "_"))
    except ImportError as error:
        hint = f"Run: pip install 'saring[encoder]' (or {library} alone). Without an encoder, saring uses its own word vectors."
        raise _encoder_error(f"the package {library}, which {name!r} needs", "it is not installed", hint) from error
    load = module.StaticModel.from_pretrained if library == "model2vec" else module.SentenceTransformer
    try:
        return ModelEncoder(load(name))
    except Exception as error:  # each library, and the hub's client below it, raises its own
        hint = "Check the name, or download the model and name its folder."
        actual = f"{name!r} ({type(error).__name__}: {error})"
        raise _encoder_error("a model of sentence-transformers or model2vec", actual, hint) from error


def _library(name: str) -> str:
    """Return the name of the library that loads a model, from the files in its folder or from its name on the hub."""
    folder = Path(name)
    if not folder.is_dir():
        # The hub is not asked: the usual names of static models tell them apart, and sentence-transformers loads either kind.
        return "model2vec" if any(word in name.lower() for word in ("potion", "m2v", "model2vec")) else "sentence-transformers"
    if (folder / "modules.json").is_file():
        return "model2vec" if "StaticEmbedding" in (folder / "modules.json").read_text(encoding="utf-8") else "sentence-transformers"
    try:
        settings = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        hint = "Name the folder that holds config.json, or a model of the hub."
        raise _encoder_error("a folder with a model", f"{name!r} ({type(error).__name__})", hint) from error
    static = isinstance(settings, dict) and settings.get("model_type") == "model2vec"
    return "model2vec" if static else "sentence-transformers"


def _encoder_error(expected: str, actual: str, hint: str) -> ConfigError:
    """Return an error about the setting `[overlap] encoder` of corpus.toml."""
    return ConfigError(file="corpus.toml", path="overlap.encoder", expected=expected, found=actual, hint=hint)
