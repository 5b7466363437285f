"""Translations and retranslations: sentence index, cognate features, embeddings, retrieval, sentence alignment."""
