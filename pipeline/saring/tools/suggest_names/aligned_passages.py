"""What passages that correspond say of names: one text has "Durov" where the other has "DuRove".

The strongest evidence there is, because it does not rest on how words look: two texts say the same, and differ in the name.
"""

from __future__ import annotations

import polars as pl

from saring.tools.suggest_names.similarity import describe_forms, form_similarity
from saring.tools.suggest_names.vocabulary import forms_in

__all__ = ["ALIGNED", "REACH", "aligned_forms"]

#: What `aligned_forms` returns, for two forms `x` < `y`: in how many passages they stand against
#: each other, beside how many more or less, and some of those.
ALIGNED = pl.Schema(
    {
        "x": pl.String(),
        "y": pl.String(),
        "aligned": pl.Int64(),
        "beside": pl.Int64(),
        "passages": pl.List(pl.Struct({"a": pl.String(), "b": pl.String(), "a_text": pl.String(), "b_text": pl.String})),
    }
)

#: Names that stand against each other in a passage are one name where at least this share of letters or sounds is alike.
_LIKE = 0.6
#: Where they stand beside a passage, more has to be alike.
_MORE_LIKE = 0.8
#: How many code points before and behind a passage are beside it: a sentence or two.
REACH = 250
#: Passages that are shown.
_SHOWN = 3


def aligned_forms(documents: pl.DataFrame, overlaps: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Return the pairs of forms that passages of two documents set against each other.

    In a passage a form counts where it stands in one text and not in the other: what both say alike is no variant. A translation that
    turns "Durov said: I ..." into "I ..." moves the name to the sentence beside; so what stands within `REACH` of a passage counts too, by
    itself, where the other document has the form nowhere and the two are much alike.

    Args:
        documents: columns `id` and `text`.
        overlaps: columns of `tables.OVERLAP`; `exact` links say nothing, and links to other documents are left aside.
        names: the forms that are names.
    """
    texts = documents.select("id", "text")
    spans = (
        overlaps.filter(~pl.col("kind").is_in(["exact", "template"]))
        .select("a", "b", "passages")
        .explode("passages")
        .drop_nulls("passages")
        .unnest("passages")
        .join(texts.rename({"id": "a", "text": "text_a"}), on="a")
        .join(texts.rename({"id": "b", "text": "text_b"}), on="b")
    )
    linked = texts.filter(pl.col("id").is_in(pl.concat([spans["a"], spans["b"]]).implode()))
    has = linked.select("id", forms_in(pl.col("text")).list.unique().alias("form")).explode("form")
    inside = _against(_cut(spans, 0), names, None, _LIKE)
    beside = _against(_cut(spans, REACH), names, has, _MORE_LIKE)
    return (
        inside.rename({"n": "aligned"})
        .join(beside.rename({"n": "beside", "passages": "more"}), on=["x", "y"], how="full", coalesce=True)
        .with_columns(pl.col("aligned", "beside").fill_null(0), pl.coalesce("passages", "more").alias("passages"))
        .sort("x", "y")
        .select(pl.col(name).cast(dtype) for name, dtype in ALIGNED.items())
    )


def _cut(spans: pl.DataFrame, reach: int) -> pl.DataFrame:
    """Return the texts of the passages, with what is so near to them: `passage`, `a`, `b`, `a_text`, `b_text`."""
    slices = []
    for side in "ab":
        first = (pl.col(f"{side}_start") - reach).clip(0)
        slices.append(pl.col(f"text_{side}").str.slice(first, pl.col(f"{side}_end") + reach - first).alias(f"{side}_text"))
    return (
        spans.select("a", "b", *slices)
        .filter(pl.col("a_text") != pl.col("b_text"))
        .unique(["a_text", "b_text"], maintain_order=True)
        .with_row_index("passage")
    )


def _against(passages: pl.DataFrame, names: pl.Series, has: pl.DataFrame | None, like: float) -> pl.DataFrame:
    """Return `x`, `y`, `n` and `passages` for the forms that stand on one side only: of the passage, or, given `has`, of the documents."""
    sides = [
        passages.select("passage", id=side, other="b" if side == "a" else "a", form=forms_in(pl.col(f"{side}_text")).list.unique())
        .explode("form")
        .filter(pl.col("form").is_in(names.implode()))
        for side in "ab"
    ]
    if has is None:
        only = [side.join(other, on=["passage", "form"], how="anti") for side, other in (sides, reversed(sides))]
    else:
        only = [side.join(has, left_on=["other", "form"], right_on=["id", "form"], how="anti") for side in sides]
    pairs = only[0].join(only[1], on="passage", suffix="_b").rename({"form": "form_a"})
    alike = _alike(pairs.select("form_a", "form_b").unique(maintain_order=True), like)
    return (
        pairs.join(alike, on=["form_a", "form_b"], how="semi")
        .join(passages, on="passage")
        .sort("passage")
        .with_columns(pl.min_horizontal("form_a", "form_b").alias("x"), pl.max_horizontal("form_a", "form_b").alias("y"))
        .group_by("x", "y", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("n"), pl.struct("a", "b", "a_text", "b_text").head(_SHOWN).alias("passages"))
    )


def _alike(pairs: pl.DataFrame, like: float) -> pl.DataFrame:
    forms = describe_forms(pl.DataFrame({"form": pl.concat([pairs["form_a"], pairs["form_b"]]).unique()}, schema={"form": pl.String}))
    described_pairs = pairs
    for side in "ab":
        columns = {"form": f"form_{side}", "romanised": f"romanised_{side}", "sound": f"sound_{side}", "skeleton": f"skeleton_{side}"}
        described_pairs = described_pairs.join(forms.rename(columns), on=f"form_{side}")
    return form_similarity(described_pairs).filter((pl.col("spelling") >= like) | (pl.col("sounding") >= like)).select("form_a", "form_b")
