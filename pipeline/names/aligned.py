"""What passages that correspond say of names: one text has "Durov" where the other has "DuRove".

The strongest evidence there is, because it does not rest on how words look: two texts say the same, and differ in the name.
"""

from __future__ import annotations

import polars as pl

from pipeline.names.likeness import described, likeness
from pipeline.names.vocabulary import pieces

__all__ = ["ALIGNED", "aligned"]

#: What `aligned` returns, for two forms `x` < `y`: in how many passages they stand against each other, and some of those.
ALIGNED = pl.Schema(
    {
        "x": pl.String(),
        "y": pl.String(),
        "aligned": pl.Int64(),
        "passages": pl.List(pl.Struct({"a": pl.String(), "b": pl.String(), "a_text": pl.String(), "b_text": pl.String})),
    }
)

#: Names that stand against each other in a passage are one name where at least this share of letters or sounds is alike.
_LIKE = 0.6
#: Passages that are shown.
_SHOWN = 3


def aligned(documents: pl.DataFrame, overlaps: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Return the pairs of forms that passages of two documents set against each other.

    A form counts where it stands in one passage and not in the other: what both say alike is no variant.

    Args:
        documents: columns `id` and `text`.
        overlaps: columns of `records.OVERLAP`; `exact` links say nothing, and links to other documents are left aside.
        names: the forms that are names.
    """
    texts = documents.select("id", "text")
    passages = (
        overlaps.filter(pl.col("kind") != "exact")
        .select("a", "b", "passages")
        .explode("passages")
        .drop_nulls("passages")
        .unnest("passages")
        .join(texts.rename({"id": "a", "text": "text_a"}), on="a")
        .join(texts.rename({"id": "b", "text": "text_b"}), on="b")
        .select("a", "b", *(pl.col(f"text_{s}").str.slice(pl.col(f"{s}_start"), _width(s)).alias(f"{s}_text") for s in "ab"))
        .filter(pl.col("a_text") != pl.col("b_text"))
        .unique(["a_text", "b_text"], maintain_order=True)
        .with_row_index("passage")
    )
    sides = [
        passages.select("passage", pieces(pl.col(f"{side}_text")).list.unique().alias("form"))
        .explode("form")
        .filter(pl.col("form").is_in(names.implode()))
        for side in "ab"
    ]
    only = [side.join(other, on=["passage", "form"], how="anti") for side, other in (sides, reversed(sides))]
    pairs = only[0].join(only[1], on="passage", suffix="_b").rename({"form": "form_a"})
    alike = _alike(pairs.select("form_a", "form_b").unique(maintain_order=True))
    return (
        pairs.join(alike, on=["form_a", "form_b"], how="semi")
        .join(passages, on="passage")
        .sort("passage")
        .with_columns(pl.min_horizontal("form_a", "form_b").alias("x"), pl.max_horizontal("form_a", "form_b").alias("y"))
        .group_by("x", "y", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("aligned"), pl.struct("a", "b", "a_text", "b_text").head(_SHOWN).alias("passages"))
        .select(pl.col(name).cast(dtype) for name, dtype in ALIGNED.items())
    )


def _width(side: str) -> pl.Expr:
    return pl.col(f"{side}_end") - pl.col(f"{side}_start")


def _alike(pairs: pl.DataFrame) -> pl.DataFrame:
    forms = described(pl.DataFrame({"form": pl.concat([pairs["form_a"], pairs["form_b"]]).unique()}, schema={"form": pl.String}))
    described_pairs = pairs
    for side in "ab":
        columns = {"form": f"form_{side}", "romanised": f"romanised_{side}", "sound": f"sound_{side}", "skeleton": f"skeleton_{side}"}
        described_pairs = described_pairs.join(forms.rename(columns), on=f"form_{side}")
    return likeness(described_pairs).filter((pl.col("spelling") >= _LIKE) | (pl.col("sounding") >= _LIKE)).select("form_a", "form_b")
