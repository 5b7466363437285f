"""Find pairs of name spellings in aligned passages of translations: one text has "Durov" where the other has "DuRove".

This is the strongest evidence for a variant, because it does not rest on the spelling: two passages say the same and differ in the name.
"""

from __future__ import annotations

import polars as pl

from saring.tools.suggest_names.similarity import describe_forms, form_similarity
from saring.tools.suggest_names.vocabulary import forms_in

__all__ = ["ALIGNED", "REACH", "aligned_forms"]

#: The columns of the table that `aligned_forms` returns, for two word forms `x` < `y`: the number of passages with one form on each side
#: (`aligned`), the number of passages with them in the text around (`beside`), and some of those passages.
ALIGNED = pl.Schema(
    {
        "x": pl.String(),
        "y": pl.String(),
        "aligned": pl.Int64(),
        "beside": pl.Int64(),
        "passages": pl.List(pl.Struct({"a": pl.String(), "b": pl.String(), "a_text": pl.String(), "b_text": pl.String})),
    }
)

#: The least share of equal letters or sounds of two names in aligned passages that may be one name; and of two names beside passages.
#: Judgements, like the constants below.
_MIN_SIMILARITY = 0.6
_MIN_SIMILARITY_BESIDE = 0.8
#: How many code points before and after a passage count as beside it: a sentence or two.
REACH = 250
#: How many passages are returned for each pair.
_MAX_PASSAGES = 3


def aligned_forms(documents: pl.DataFrame, overlaps: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Find pairs of similar names, one on each side of an aligned passage of two documents, and count the passages.

    In a passage a form counts if it occurs on one side only: a form on both sides is no variant of another. A translation that turns "Durov
    said: I ..." into "I ..." moves the name into the sentence beside; so forms within `REACH` of a passage are counted too, separately, if
    the other document does not contain the form and the two are very similar.

    Args:
        documents: columns `id` and `text`.
        overlaps: columns of `tables.OVERLAP`; `exact` and `template` pairs say nothing, and pairs with documents not given are ignored.
        names: the word forms that are names.

    Returns:
        Columns of `ALIGNED`.
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
    paired = texts.filter(pl.col("id").is_in(pl.concat([spans["a"], spans["b"]]).implode()))
    forms_by_document = paired.select("id", forms_in(pl.col("text")).list.unique().alias("form")).explode("form")
    inside = _opposed_forms(_passage_texts(spans, 0), names, None, _MIN_SIMILARITY)
    beside = _opposed_forms(_passage_texts(spans, REACH), names, forms_by_document, _MIN_SIMILARITY_BESIDE)
    return (
        inside.rename({"n": "aligned"})
        .join(beside.rename({"n": "beside", "passages": "passages_beside"}), on=["x", "y"], how="full", coalesce=True)
        .with_columns(pl.col("aligned", "beside").fill_null(0), pl.coalesce("passages", "passages_beside").alias("passages"))
        .sort("x", "y")
        .select(pl.col(name).cast(dtype) for name, dtype in ALIGNED.items())
    )


def _passage_texts(spans: pl.DataFrame, reach: int) -> pl.DataFrame:
    """Return the two texts of each aligned passage, with `reach` code points around: columns `passage`, `a`, `b`, `a_text`, `b_text`."""
    slices = []
    for side in "ab":
        start = (pl.col(f"{side}_start") - reach).clip(0)
        slices.append(pl.col(f"text_{side}").str.slice(start, pl.col(f"{side}_end") + reach - start).alias(f"{side}_text"))
    return (
        spans.select("a", "b", *slices)
        .filter(pl.col("a_text") != pl.col("b_text"))
        .unique(["a_text", "b_text"], maintain_order=True)
        .with_row_index("passage")
    )


def _opposed_forms(passages: pl.DataFrame, names: pl.Series, forms_by_document: pl.DataFrame | None, min_similarity: float) -> pl.DataFrame:
    """Return pairs of similar names of which each occurs on one side of a passage only: columns `x`, `y`, `n` (passages) and `passages`.

    For the passage "DuRove datang ke Paris" and "Durov est arrivé à Paris", with the names DuRove, Durov and Paris: Paris is on both sides,
    so DuRove and Durov are the one pair.

    Args:
        passages: as `_passage_texts` returns them.
        names: the word forms that are names.
        forms_by_document: columns `id` and `form`; with it, a name must not occur anywhere in the other document.
        min_similarity: the least share of equal letters or sounds.
    """
    sides = [
        passages.select("passage", id=side, other_id="b" if side == "a" else "a", form=forms_in(pl.col(f"{side}_text")).list.unique())
        .explode("form")
        .filter(pl.col("form").is_in(names.implode()))
        for side in "ab"
    ]
    if forms_by_document is None:
        one_sided = [side.join(opposite, on=["passage", "form"], how="anti") for side, opposite in (sides, reversed(sides))]
    else:
        keys = ["other_id", "form"]
        one_sided = [side.join(forms_by_document, left_on=keys, right_on=["id", "form"], how="anti") for side in sides]
    pairs = one_sided[0].join(one_sided[1], on="passage", suffix="_b").rename({"form": "form_a"})
    similar = _similar(pairs.select("form_a", "form_b").unique(maintain_order=True), min_similarity)
    return (
        pairs.join(similar, on=["form_a", "form_b"], how="semi")
        .join(passages, on="passage")
        .sort("passage")
        .with_columns(pl.min_horizontal("form_a", "form_b").alias("x"), pl.max_horizontal("form_a", "form_b").alias("y"))
        .group_by("x", "y", maintain_order=True)
        .agg(pl.len().cast(pl.Int64).alias("n"), pl.struct("a", "b", "a_text", "b_text").head(_MAX_PASSAGES).alias("passages"))
    )


def _similar(pairs: pl.DataFrame, min_similarity: float) -> pl.DataFrame:
    """Keep the pairs of word forms `form_a` and `form_b` with at least the share `min_similarity` of equal letters or equal sounds."""
    forms = describe_forms(pl.DataFrame({"form": pl.concat([pairs["form_a"], pairs["form_b"]]).unique()}, schema={"form": pl.String}))
    described_pairs = pairs
    for side in "ab":
        columns = {"form": f"form_{side}", "romanised": f"romanised_{side}", "sound": f"sound_{side}", "skeleton": f"skeleton_{side}"}
        described_pairs = described_pairs.join(forms.rename(columns), on=f"form_{side}")
    return (
        form_similarity(described_pairs)
        .filter((pl.col("spelling") >= min_similarity) | (pl.col("sounding") >= min_similarity))
        .select("form_a", "form_b")
    )
