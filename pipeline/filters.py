"""The steps as filters of JSON Lines, for use in any other pipeline: they stream, keep order, and never stop at a bad record.

Each yields pairs of lists: what to write, and the bad records as rows of `records.REJECTION` (`source` is `line N`, counted from 1).
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import polars as pl

from pipeline import overlap, workers
from pipeline.clean import clean as clean_batch
from pipeline.read import jsonl
from pipeline.read.found import RefusedError, Rejection, rejection_table, scrape_table
from pipeline.read.stated import NOTHING

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator

    from pipeline.config import Config
    from pipeline.read.compression import Stream
    from pipeline.read.found import Scrape

__all__ = ["clean", "overlaps"]

Found = tuple[list[dict[str, Any]], list[dict[str, Any]]]

#: A chunk is what a worker cleans at a time: small enough to stream, large enough for columns to pay.
_CHUNK_RECORDS, _CHUNK_BYTES = 512, 4_000_000

_EDIT = ("step", "field", "start", "end", "original", "replacement", "kind", "rule", "score")


def clean(stream: Stream, config: Config, workers_: int = 0) -> Iterator[Found]:
    """Clean pages.

    Args:
        stream: JSON Lines; a record has `id` (any JSON value; the line's number where it is missing), `text` or `html`, and what
            `pipeline.read.jsonl` reads besides.
        config: rules, names, languages and limits.
        workers_: processes; 0 cleans in this one.

    Yields:
        Records `id`, `text`, `title`, `language`, `created` (ISO 8601), `site`, `authors`, `edits`, in the order of the input; and
        rejections. Every record is in one of the two.
    """
    work = functools.partial(_clean_chunk, config=config)
    for chunk, result in workers.each(work, _chunks(stream, config.build.scrape_bytes), workers_):
        if not isinstance(result, workers.Died):
            yield result
            continue
        for place, line in chunk:  # one of them ends the process: find out which
            for _, alone in workers.each(work, [[(place, line)]], 1):
                yield ([], [_rejected(place, "clean", "crashed", "a library ended its process on this page, twice")]) if isinstance(
                    alone, workers.Died
                ) else alone


def overlaps(stream: Stream, config: Config) -> Iterator[Found]:
    """Find the documents of a pool that say the same.

    Args:
        stream: JSON Lines of `id` (a string no other record has) and `text`.
        config: thresholds and limits.

    Yields:
        Rows of `records.OVERLAP`, once the whole pool is read; and rejections.
    """
    texts: dict[str, str] = {}
    rejections = []
    for place, line in _lines(stream, config.build.scrape_bytes):
        try:
            record = jsonl.parse(_line(line))[0]
            id_, text = record.get("id"), record.get("text")
            if not isinstance(id_, str) or not isinstance(text, str):
                raise RefusedError("bad-field", f"Expected id and text as strings, found the fields {', '.join(sorted(record)[:8]) or 'none'}.")
            if id_ in texts:
                raise RefusedError("copy", f"The id {id_!r} occurred before. Every document needs an id of its own.")
            texts[id_] = jsonl.holdable(text)
        except RefusedError as error:
            rejections.append(_rejected(place, "read", error.reason, error.message))
    pool = pl.DataFrame({"id": texts.keys(), "text": texts.values()}, schema={"id": pl.String, "text": pl.String})
    yield overlap.find(pool, config.overlap).to_dicts(), rejections
