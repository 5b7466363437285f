"""Exact and near duplicates: tokens, MinHash signatures, candidate pairs, verification on the full texts."""
