"""What sentences mean, as vectors: word vectors that come with saring, or any encoder in their place."""

from __future__ import annotations

from saring.translation.embeddings.encoder import Encoder, Sentences, encoder, sentences_of
from saring.translation.embeddings.word_vectors import VECTORS, Matrix, Vectors, load

__all__ = ["VECTORS", "Encoder", "Matrix", "Sentences", "Vectors", "encoder", "load", "sentences_of"]
