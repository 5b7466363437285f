"""MinHash signatures and fingerprints: values are fixed, thresholds are met, short texts have signatures too."""

from __future__ import annotations

import polars as pl
import pytest

from saring.dedup.signatures import bands_for, compute_signatures


def numbered(*texts: str) -> pl.DataFrame:
    """Return texts with their numbers as documents."""
    return pl.DataFrame({"text": texts}).with_row_index("doc")


def test_bands_never_change() -> None:
    """MinHash with a fixed seed gives the same bands on every machine and with every version."""
    signatures = compute_signatures(numbered("L'été 2024 我们"), 0.7)

    assert signatures.bands[0, :3].tolist() == [5087850481789700196, 11623137617198295604, 1054633470254337008]


@pytest.mark.parametrize("near_at", [0.1, 0.3, 0.5, 0.7, 0.9, 1.0])
def test_bands_seldom_miss_a_pair(near_at: float) -> None:
    """Of the pairs just as similar as the threshold, at most one in a thousand shares no band, whatever the threshold."""
    bands, rows = bands_for(near_at)

    assert (1 - near_at**rows) ** bands <= 1e-3
    assert bands * rows <= 128


def test_short_texts_have_signatures() -> None:
    """Texts of no word, one word, and as many as a shingle or a fingerprint have words, bands and fingerprints as far as they can."""
    signatures = compute_signatures(numbered("", "a", "a b", "a b c", "a b c d e f"), 0.7)

    assert signatures.texts["words"].to_list() == [0, 1, 2, 3, 6]
    assert signatures.banded.tolist() == [3, 4]
    assert signatures.fingerprints.doc.tolist() == [4]


def test_signatures_without_a_document() -> None:
    """A document that is left out has no bands and no fingerprints in the rest."""
    signatures = compute_signatures(numbered("a b c d e f", "a b c", "g h i j k l"), 0.7).without(pl.Series([0], dtype=pl.UInt32))

    assert signatures.texts["doc"].to_list() == [1, 2]
    assert signatures.banded.tolist() == [1, 2]
    assert signatures.fingerprints.doc.tolist() == [2]
    assert signatures.bands.shape == (2, 32)
