"""The steps as filters of JSON Lines, for use in any other pipeline: they stream, keep order, and never stop at a bad record.

Each yields pairs of lists: what to write, and the bad records as rows of `tables.REJECTION` (`source` is `line N`, counted from 1).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple, TypeVar

import polars as pl

from saring.clean_batch import Cleaned, lines_of, prepare, warm_up
from saring.clean_batch import clean as clean_batch
from saring.compute import pool, time_limit
from saring.compute.bisection import bisect_batch, crash_rejections
from saring.compute.time_limit import Watchdog
from saring.config import language_tags
from saring.core import ids as doc_ids
from saring.core.arrays import size_batches
from saring.core.printable import printable
from saring.core.tables import CLEANED, EDIT, EFFECT, empty_table
from saring.corpus import overlaps as overlap
from saring.noise import site_line_counts
from saring.read import jsonl
from saring.read.declared_metadata import NO_METADATA
from saring.read.scrape import RefusedError, Rejection, rejection_table, replace_unencodable, scrape_table
from saring.storage.files import write_table
from saring.tools.filter_records import record_of, shallow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saring.config import Config
    from saring.read.compression import Stream
    from saring.read.scrape import Scrape

    _Chunk = list[jsonl.Line | Rejection]

__all__ = ["clean", "clean_batches", "clean_scrapes", "count_site_lines", "overlaps", "rereadable"]

T = TypeVar("T")

#: What `jsonl` calls the input: records are `#1`, `#2`, ...
_SOURCE = ""

Found = tuple[list[dict[str, Any]], list[dict[str, Any]]]

#: A chunk is what a worker cleans at a time: small enough to stream, large enough for columns to pay.
_CHUNK_RECORDS, _CHUNK_BYTES = 512, 4_000_000

#: Characters of a record's own that a message quotes.
_QUOTED = 200

#: Scrapes of fewer bytes are cleaned in this process where they are few: nothing takes long with them, and starting another takes a second.
_SMALL = 20_000

#: Bytes of a scrape.
_SIZE = pl.col("content").str.len_bytes()

_LEDGER = ("step", "field", "start", "end", "original", "replacement", "kind", "rule", "score")


class _Context(NamedTuple):
    """What all chunks are cleaned with, and who watches."""

    config: Config
    site_lines: pl.DataFrame | None
    guard: Watchdog = Watchdog(0, None)
    blank: bool = False


def clean(stream: Stream, config: Config, processes: int = 0, site_lines: pl.DataFrame | None = None) -> Iterator[Found]:
    """Clean pages, each by itself: what else is in the stream does not matter.

    Args:
        stream: JSON Lines; a record has `id` (any JSON value; the line's number where it is missing), `text` or `html`, and what
            `saring.read.jsonl` reads besides.
        config: rules, names, languages and limits.
        processes: how many clean; 0 cleans in this one, where no page can be stopped that takes longer than `[build] page_seconds`.
        site_lines: lines that sites print on several pages, of `context_features` or of a release; None is none.

    Yields:
        Records `id`, `text`, `title`, `language`, `created` (ISO 8601), `site`, `authors`, `url`, `dropped_share`, `edits`, in the order of the input; and
        rejections. Every record is in one of the two.
    """
    yield from _each(_clean_chunk, stream, processes, _Context(config, site_lines), _crashed)


def clean_scrapes(scrapes: pl.DataFrame, config: Config, site_lines: pl.DataFrame | None = None, *, blank: bool = False) -> Cleaned:
    """Clean a few scrapes within the limits that a build has: large ones in a process of their own, which may be ended.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        config: rules, names, languages and limits.
        site_lines: as for `clean`.
        blank: as for `clean_batch.clean`.

    Returns:
        The documents, their edits, and a rejection for each scrape that became none.
    """
    load = functools.partial(warm_up, config)
    processes = int(scrapes.select(_SIZE.sum()).item() > _SMALL)
    with time_limit.watchdog_for(config.build.page_seconds, processes, load=load) as guard, pool.process_pool(processes) as executor:
        context = _Context(config, site_lines, guard, blank)
        parts = []
        for whole, result in executor.map(_clean_scrapes, [scrapes], context):
            for part, found in (
                bisect_batch(_clean_scrapes, whole, context, guard) if isinstance(result, pool.WorkerDied) else [(whole, result)]
            ):
                parts.append(_ended(part) if isinstance(found, pool.WorkerDied) else found)
    return Cleaned(*map(pl.concat, zip(*parts, strict=True)))


def clean_batches(scrapes: pl.DataFrame, config: Config, processes: int = 0) -> Cleaned:
    """Clean scrapes in batches of about `[build] batch_bytes`, each page by itself, in the order of the scrapes.

    Args:
        scrapes: columns of `tables.SCRAPE`.
        config: rules, names, languages and limits.
        processes: how many clean; 0 cleans in this one, where no page can be stopped that takes longer than `[build] page_seconds`.

    Returns:
        The documents, their edits, and a rejection for each scrape that became none.
    """
    load = functools.partial(warm_up, config)
    batches = [scrapes[rows] for rows in size_batches(scrapes.select(_SIZE).to_series(), config.build.batch_bytes)] or [scrapes]
    parts: list[Cleaned] = []
    with time_limit.watchdog_for(config.build.page_seconds, bool(processes), load=load) as guard, pool.process_pool(processes) as executor:
        context = _Context(config, None, guard)
        for batch, result in executor.map(_clean_scrapes, batches, context):
            for part, cleaned in (
                bisect_batch(_clean_scrapes, batch, context, guard) if isinstance(result, pool.WorkerDied) else [(batch, result)]
            ):
                parts.append(_ended(part) if isinstance(cleaned, pool.WorkerDied) else cleaned)
    return Cleaned(*map(pl.concat, zip(*parts, strict=True)))


def _clean_scrapes(scrapes: pl.DataFrame, context: _Context) -> Cleaned:
    def some(rows: pl.DataFrame, begin: Callable[[str | None], None]) -> Cleaned:
        return clean_batch(prepare(rows, begin), context.config, context.site_lines, begin, blank=context.blank)

    results, slow = context.guard.run(some, scrapes, _SIZE)
    cleaned = Cleaned(*map(pl.concat, zip(*results, strict=True)))
    lost = time_limit.rejections(slow.with_columns(_SIZE.alias("bytes")), "extract", context.guard.seconds)
    return cleaned._replace(rejections=pl.concat([cleaned.rejections, lost]))


def _ended(scrapes: pl.DataFrame) -> Cleaned:
    return Cleaned(
        empty_table(CLEANED), empty_table(EDIT), crash_rejections(scrapes.with_columns(_SIZE.alias("bytes"))), empty_table(EFFECT)
    )


def count_site_lines(stream: Stream, config: Config, processes: int = 0) -> pl.DataFrame:
    """Return the lines that sites print on several of these pages, for `clean`.

    Arguments are those of `clean`. Bad records are left out; `clean` tells of them.

    Returns:
        Columns of `site_lines.TABLE`.
    """
    none = pl.DataFrame(schema=site_line_counts.LINES)
    with tempfile.TemporaryDirectory() as folder:
        for number, lines in enumerate(_each(_lines_chunk, stream, processes, _Context(config, None), lambda _: none)):
            write_table(Path(folder) / f"{number:08d}.parquet", lines)
        files = sorted(Path(folder).iterdir())
        return site_line_counts.find_site_lines(
            pl.scan_parquet(files) if files else pl.LazyFrame(schema=site_line_counts.LINES), config.noise.site_pages
        )


@contextlib.contextmanager
def rereadable(file: str, standard_input: BinaryIO) -> Iterator[str]:
    """Give the name of a file that can be read twice; `-` is written to one that goes afterwards."""
    if file != "-":
        yield file
        return
    with tempfile.NamedTemporaryFile(prefix="saring-") as spool:
        shutil.copyfileobj(standard_input, spool)
        spool.flush()
        yield spool.name


def _each(
    work: Callable[[_Chunk, _Context], T],
    stream: Stream,
    processes: int,
    context: _Context,
    crashed: Callable[[jsonl.Line | Rejection], T],
) -> Iterator[T]:
    """Yield what `work` gives for each chunk; where it ends its process, for each half, and for a record alone what `crash_rejections` gives."""
    build = context.config.build
    load = functools.partial(warm_up, context.config)
    with time_limit.watchdog_for(build.page_seconds, bool(processes), load=load) as guard, pool.process_pool(processes) as executor:
        watched = context._replace(guard=guard)
        for chunk, result in executor.map(work, _chunks(stream, build.scrape_bytes), watched):
            for part, found in bisect_batch(work, chunk, watched, guard) if isinstance(result, pool.WorkerDied) else [(chunk, result)]:
                yield crashed(part[0]) if isinstance(found, pool.WorkerDied) else found


def overlaps(stream: Stream, config: Config) -> Iterator[Found]:
    """Find the documents of a pool that say the same.

    Args:
        stream: JSON Lines of `id` (a string no other record has), `text`, and perhaps `language` (an ISO 639 code; else it is identified).
        config: thresholds and limits.

    Yields:
        Rejections as they come; and rows of `tables.OVERLAP`, once the whole pool is read.
    """
    texts: dict[str, tuple[str, str | None]] = {}
    rejections: list[Rejection] = []
    for found in jsonl.lines(stream, _SOURCE, config.build.scrape_bytes):
        try:
            id_, text, language = _told(found)
        except RefusedError as error:
            rejections.append(Rejection(_place(found), error.reason, error.message))
        else:
            if id_ in texts:
                hint = f"The id {id_[:_QUOTED]!r} occurred before. Every document needs an id of its own."
                rejections.append(Rejection(_place(found), "copy", hint))
            else:
                texts[id_] = text, language
        if len(rejections) >= _CHUNK_RECORDS:  # however many there are, they take no memory
            yield [], _rows(rejections)
            rejections = []
    columns = {"id": list(texts), "text": [text for text, _ in texts.values()], "language": [language for _, language in texts.values()]}
    pool = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    del texts, columns  # the search takes memory of its own
    yield overlap.find_overlaps(pool, config.overlap, config.build.memory).to_dicts(), _rows(rejections)


def _told(found: jsonl.Line | Rejection) -> tuple[str, str, str | None]:
    if isinstance(found, Rejection):
        raise RefusedError(found.reason, found.message)
    record, _ = jsonl.parse(found.line)
    id_, text, language = (record.get(name) for name in ("id", "text", "language"))
    if not isinstance(id_, str) or not isinstance(text, str):
        fields = printable(replace_unencodable(", ".join(sorted(record)[:8]))[:_QUOTED]) or "none"
        raise RefusedError("bad-field", f"Expected id and text as strings, found the fields {fields}. Add or correct them.")
    return replace_unencodable(id_), replace_unencodable(text), language_tags.language_code(language) if isinstance(language, str) else None


def _chunks(stream: Stream, limit: int) -> Iterator[_Chunk]:
    chunk: _Chunk = []
    size = 0
    for found in jsonl.lines(stream, _SOURCE, limit):
        chunk.append(found)
        size += 0 if isinstance(found, Rejection) else len(found.line)
        if len(chunk) >= _CHUNK_RECORDS or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _lines_chunk(chunk: _Chunk, context: _Context) -> pl.DataFrame:
    results, _ = context.guard.run(lambda rows, begin: lines_of(prepare(rows, begin).pages), _scrapes(chunk)[0], _SIZE)
    return pl.concat(results)


def _clean_chunk(chunk: _Chunk, context: _Context) -> Found:
    scrapes, ids, rejections = _scrapes(chunk)
    cleaned = _clean_scrapes(scrapes, context._replace(config=_named(context.config, scrapes, ids)))
    changes: dict[str, list[dict[str, Any]]] = {}
    for rows in cleaned.edits.partition_by("id", maintain_order=True):
        changes[rows["id"][0]] = rows.select(_LEDGER).to_dicts()
    documents = cleaned.documents.to_dicts()
    records = [record_of(document, ids[document["source"]], changes.get(document["id"], [])) for document in documents]
    gone = [row | {"id": ids[row["source"]]} for row in cleaned.rejections.to_dicts()]
    return records, [*_rows(rejections), *gone]


def _named(config: Config, scrapes: pl.DataFrame, ids: dict[str, Any]) -> Config:
    """Return a configuration whose exceptions, where one has the id that a record has in the input, are for that record."""
    own = dict(scrapes.select("source", pl.concat_str(doc_ids.page_part(), "sha256", separator=".")).iter_rows()) if config.keeps else {}
    more = [dataclasses.replace(keep, id=own[place]) for place, id_ in ids.items() for keep in config.keeps if keep.id == id_]
    return dataclasses.replace(config, keeps=(*config.keeps, *more)) if more else config


def _scrapes(chunk: _Chunk) -> tuple[pl.DataFrame, dict[str, Any], list[Rejection]]:
    """Read the records of a chunk; ids inside are places, since those of the input may repeat or be anything."""
    ids: dict[str, Any] = {}
    scrapes: list[Scrape] = []
    rejections: list[Rejection] = []
    for found in chunk:
        if isinstance(found, Rejection):
            rejections.append(found._replace(source=_place(found)))
            continue
        try:
            record, charset = jsonl.parse(found.line)
            id_ = shallow(record.get("id", int(found.place.rpartition("#")[2])))
            scrapes.append(jsonl.scrape(record, charset, found, NO_METADATA)._replace(source=_place(found)))
            ids[_place(found)] = id_
        except RefusedError as error:
            rejections.append(Rejection(_place(found), error.reason, error.message))
    return scrape_table(scrapes), ids, rejections


def _place(found: jsonl.Line | Rejection) -> str:
    """Return where a record stands: `line N`."""
    place = found.source if isinstance(found, Rejection) else found.place
    number = place.rpartition("#")[2]
    return f"line {number}" if number.isdigit() else "the input"


def _crashed(found: jsonl.Line | Rejection) -> Found:
    message = "A library ended its process on this page, twice; the others are unharmed."
    return [], rejection_table([Rejection(_place(found), "crashed", message)]).to_dicts()


def _rows(rejections: list[Rejection]) -> list[dict[str, Any]]:
    return rejection_table(rejections).to_dicts()
