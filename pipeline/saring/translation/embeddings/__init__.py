"""Sentence embeddings: from the word vectors that come with saring, or from any sentence encoder instead."""

from __future__ import annotations

from saring.translation.embeddings.encoder import ModelEncoder, SentenceEncoder, encoder_named, load_encoder
from saring.translation.embeddings.word_vectors import VECTORS_FILE, Matrix, WordVectors, load_vectors

__all__ = ["VECTORS_FILE", "Matrix", "ModelEncoder", "SentenceEncoder", "WordVectors", "encoder_named", "load_encoder", "load_vectors"]
