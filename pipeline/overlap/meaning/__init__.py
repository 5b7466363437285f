"""What sentences mean, as vectors: word vectors that come with saring, or any encoder in their place."""

from __future__ import annotations

from pipeline.overlap.meaning.encoder import Encoder, Sentences, encoder, sentences_of
from pipeline.overlap.meaning.vectors import VECTORS, Matrix, Vectors, load

__all__ = ["VECTORS", "Encoder", "Matrix", "Sentences", "Vectors", "encoder", "load", "sentences_of"]
