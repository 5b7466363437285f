"""Random splits: their shares, and that a draw never changes."""

from __future__ import annotations

import polars as pl
import pytest

from saring.core.tables import OVERLAP
from saring.corpus.splits import draw_splits


@pytest.mark.parametrize("shares", [(("train", 0.8), ("test", 0.2)), (("test", 0.1), ("a", 0.0), ("train", 0.9))])
def test_splits_have_their_shares(shares: tuple[tuple[str, float], ...]) -> None:
    """Of ten thousand documents each split gets its share, within a percentage point."""
    drawn = draw_splits(pl.Series([f"id{n}" for n in range(10_000)]), pl.DataFrame(schema=OVERLAP), shares)
    counts = dict(drawn["split"].value_counts().iter_rows())

    for name, share in shares:
        assert counts.get(name, 0) / 10_000 == pytest.approx(share, abs=0.01)


def test_a_draw_never_changes() -> None:
    """The split of an id is the same in every build, with every version."""
    drawn = draw_splits(
        pl.Series(["b5b10dd0429e69ac7cfa", "00000000000000000000", "x"]), pl.DataFrame(schema=OVERLAP), (("train", 0.5), ("test", 0.5))
    )

    assert drawn["split"].to_list() == ["test", "test", "train"]
