"""Overlaps between documents: duplicates and translations, verified pair by pair; and the roles that follow from them.

    texts ── tokens ── signatures ── candidate ── verification ──► duplicate pairs
                       and           pairs        of each pair,
                       fingerprints               templates
          └─ translation.pairs ──────────────────────────────────► translation pairs

    documents + overlaps ── clusters ── kept_document ── splits ──► roles

`find_overlaps` goes the first way, `assign_roles` the second; `revisions` groups the scrapes of one URL and gives every scrape its published
id. Every overlap was verified on the two full texts and lists the passages that correspond. Nothing is quadratic: the copies of a text that
occurs a hundred thousand times are paired with the first of them, and a passage in a hundred thousand texts does not make each of them a
candidate for all. Signatures and features are kept in temporary files where they would not fit into memory (`dedup.text_store`,
`compute.disk_arrays`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from saring import language
from saring.compute.disk_arrays import ArrayStore
from saring.compute.pool import SERIAL
from saring.core.tables import OVERLAP, ROLE
from saring.corpus import clusters, kept_document, splits
from saring.dedup import candidates, text_store, verification
from saring.dedup.signatures import compute_signatures
from saring.translation import pairs as translations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from saring import config
    from saring.compute.pool import Executor

__all__ = ["MEMORY", "assign_roles", "find_overlaps"]

#: The default memory limit of a search, in bytes.
MEMORY = 4_000_000_000

#: The share of the limit from which on memory is released, a judgement: some is always allocated for a moment.
_RELEASE_AT = 0.6

_IDENTIFIED_TEXT = 400  # code points: enough to identify a language, in two thirds of the time that a whole page takes
_IDENTIFIED_DOCUMENTS = 20_000  # documents whose language is identified at a time


def find_overlaps(
    texts: pl.DataFrame | pl.LazyFrame | Iterable[pl.DataFrame], settings: config.Overlap, memory: int = MEMORY, executor: Executor = SERIAL
) -> pl.DataFrame:
    """Find exact copies, near duplicates, contained texts, translations and retranslations among documents.

    Args:
        texts: id (no two the same) and text, which may be null; language and language_script, as from `language.identify`, are identified
            where they are missing or null; more columns are ignored. In any order. A lazy frame, or frames one by one, are read once, and
            their texts do not stay in memory.
        settings: the thresholds; see `verification.verify_pairs` and `translation.pairs.find_translation_pairs` for the kinds.
        memory: bytes of memory that the process should stay below, as far as the search can control it: the caller's own memory counts.
            Where it may not suffice, signatures and features go to temporary files; the result is the same.
        executor: compares texts that may be translations, where they are many; the result is the same.

    Returns:
        Columns of `tables.OVERLAP`, sorted by a and b; a < b; each pair once. Copies of one text are paired with the one with the
        smallest id, not with each other, and only that one is paired with other texts. A text without a word is in no pair.
    """
    store = ArrayStore(limit=int(memory * _RELEASE_AT))
    numbered = text_store.number_documents(texts, store)
    ids, distinct, copies = numbered.ids, numbered.distinct, numbered.copies
    del numbered, texts

    signatures = compute_signatures(distinct, settings.near_at, store)
    exact = candidates.exact_pairs(signatures.texts)
    rank = (
        distinct.select("doc", "characters")
        .sort("characters", "doc", descending=[True, False])
        .select("doc", pl.int_range(pl.len(), dtype=pl.UInt32).alias("rank"))
    )
    unique = signatures.without(exact["b"], store)
    word_spans = signatures.texts
    del signatures
    candidate_pairs = candidates.merge_pairs(
        (exact, candidates.near_pairs(unique, rank, store), candidates.contained_pairs(unique, rank, store))
    )
    del unique
    duplicate_pairs = verification.verify_pairs(distinct, candidate_pairs, settings, store)
    # The duplicate of a text that is contained in a larger one has to be compared with the larger one.
    star_pairs = clusters.star_pairs(duplicate_pairs, rank)
    star_pairs = star_pairs.join(candidate_pairs.join(star_pairs, on=["a", "b"], how="semi"), on=["a", "b"], how="anti")
    del candidate_pairs
    duplicate_pairs = pl.concat([duplicate_pairs, verification.verify_pairs(distinct, star_pairs, settings, store)])

    identical_pairs = _identical_pairs(copies, duplicate_pairs, word_spans)
    if not settings.translations:
        return _with_ids(pl.concat([duplicate_pairs, identical_pairs]), ids)
    compared = distinct.filter(~pl.col("doc").is_in(_redundant_documents(duplicate_pairs, rank).implode()))
    translation_pairs = translations.find_translation_pairs(_with_language(compared, store), settings, store, executor)
    translation_pairs = translation_pairs.join(duplicate_pairs, on=["a", "b"], how="anti")
    translation_pairs = verification.reclassify_templates(compared, translation_pairs, settings, store)
    return _with_ids(pl.concat([duplicate_pairs, translation_pairs, identical_pairs]), ids)


def assign_roles(
    documents: pl.DataFrame, overlap_pairs: pl.DataFrame, edits_per_document: pl.DataFrame, config: config.Config
) -> pl.DataFrame:
    """Return the role of each document: its cluster, whether it is kept or a duplicate, and its split.

    Args:
        documents: id, characters, language; declared, how many metadata fields it declares, where known.
        overlap_pairs: columns of `tables.OVERLAP`, between ids of `documents`: the results of `find_overlaps` and of
            `revisions.revision_pairs` together.
        edits_per_document: id and edits, how many; a document that is not in it has none.
        config: `overlap` and `splits`.

    Returns:
        Columns of `tables.ROLE`, sorted by id, a row for each document.
    """
    declared = "declared" if "declared" in documents.columns else pl.lit(0).alias("declared")
    columns = documents.select("id", "characters", "language", declared)
    with_edits = columns.join(edits_per_document.select("id", "edits"), on="id", how="left")
    chosen = kept_document.choose_kept(with_edits, overlap_pairs, config.overlap)
    drawn = splits.draw_splits(documents["id"], overlap_pairs, config.splits)
    return chosen.join(drawn, on="id").sort("id").select(pl.col(name).cast(dtype) for name, dtype in ROLE.items())


def _redundant_documents(duplicate_pairs: pl.DataFrame, rank: pl.DataFrame) -> pl.Series:
    """Return the documents to leave out of the search for translations: exact copies, and all but one of the duplicates of each text.

    Of the less complete duplicates of a text, the most complete one stays.

    A translation is found by how much more two texts have in common than others near them, so a thousand revisions of one page would
    hide its translation; one does not.
    """
    # Of documents 0, 1, 2 in this order of completeness and the pairs (0, 1), (0, 2), document 1 stays beside 0, and 2 is left out.
    exact = duplicate_pairs.filter(pl.col("kind") == "exact")["b"]
    ends = duplicate_pairs.filter(pl.col("kind") != "exact").select("a", "b")
    ranked = ends.join(rank, left_on="a", right_on="doc").join(rank, left_on="b", right_on="doc", suffix="_b")
    less_complete = (
        ranked.select(
            more_complete=pl.when(pl.col("rank") < pl.col("rank_b")).then("a").otherwise("b"),
            less_complete=pl.when(pl.col("rank") < pl.col("rank_b")).then("b").otherwise("a"),
            rank=pl.max_horizontal("rank", "rank_b"),
        )
        .sort("more_complete", "rank")
        .filter(pl.int_range(pl.len()).over("more_complete") > 0)["less_complete"]
    )
    return pl.concat([exact, less_complete]).unique()


def _with_language(texts: pl.DataFrame, store: ArrayStore) -> pl.DataFrame:
    """Return columns doc, text, language, language_script; a missing language is identified from the beginning of the text."""
    unknown = texts.filter(pl.col("language").is_null() | pl.col("language_script").is_null())
    beginnings = unknown.select("language", id="doc", text=pl.col("text").str.head(_IDENTIFIED_TEXT), title=pl.lit(None, dtype=pl.String))
    identified = []
    for low in range(0, beginnings.height, _IDENTIFIED_DOCUMENTS):
        batch = beginnings[low : low + _IDENTIFIED_DOCUMENTS]
        identified.append(language.identify(batch, ()).select("language", "language_script", doc="id"))
        store.release_memory()
    completed = texts.update(pl.concat(identified), on="doc") if identified else texts
    return completed.select("doc", "text", "language", "language_script")


def _identical_pairs(copies: pl.DataFrame, duplicate_pairs: pl.DataFrame, word_spans: pl.DataFrame) -> pl.DataFrame:
    """Return the exact pairs of texts that are identical character by character, which need no verification.

    Args:
        copies: doc, and first: the first document with the same text.
        duplicate_pairs: between the first ones; where one has the same words as another, its copies are paired with that one too.
        word_spans: doc, words, start, end: as in `Signatures.texts`.

    Returns:
        Columns of `verification.NUMBERED_OVERLAP`.
    """
    # Copy 5 of document 2, which has the same words as 0: (0, 5) is a pair, with one passage from the first word of each text to its last.
    spans = [pl.col(f"{edge}{side}").alias(f"{name}_{edge}") for side, name in (("_a", "a"), ("", "b")) for edge in ("start", "end")]
    constants = [pl.lit("exact").alias("kind"), *(pl.lit(1.0).alias(name) for name in ("score", "coverage_a", "coverage_b"))]
    with_words = word_spans.filter(pl.col("words") > 0).select("doc", "start", "end")
    return (
        copies.join(duplicate_pairs.filter(pl.col("kind") == "exact").select("a", first="b"), on="first", how="left")
        .with_columns(pl.coalesce("a", "first").alias("a"))
        .join(with_words, left_on="first", right_on="doc")
        .join(with_words, left_on="a", right_on="doc", suffix="_a")
        .with_columns(*constants, passages=pl.concat_list(pl.struct(*spans, score=1.0)))
        .select(pl.col(name if name != "b" else "doc").alias(name).cast(dtype) for name, dtype in verification.NUMBERED_OVERLAP.items())
    )


def _with_ids(overlap_pairs: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Return overlaps sorted by document number, with ids in place of the numbers."""
    ordered = overlap_pairs.sort("a", "b")
    return ordered.with_columns(a=ids.gather(ordered["a"]), b=ids.gather(ordered["b"])).select(OVERLAP.names())
