"""What sentences mean, as vectors: word vectors that come with saring, or any encoder in their place."""

from __future__ import annotations

from saring.translation.embeddings.encoder import ModelEncoder, SentenceEncoder, encoder_named, load_encoder
from saring.translation.embeddings.word_vectors import VECTORS, Matrix, WordVectors, load_vectors

__all__ = ["VECTORS", "Matrix", "ModelEncoder", "SentenceEncoder", "WordVectors", "encoder_named", "load_encoder", "load_vectors"]
