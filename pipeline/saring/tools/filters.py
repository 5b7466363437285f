"""JSON Lines filters that clean pages or find overlaps, for use in other pipelines: streaming, in order, and robust to bad records.

Each yields pairs of lists: output records, and rejections of bad records with the columns of `tables.REJECTION` (`source` is `line N`,
counted from 1).
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import polars as pl

from saring.clean_batch import preload, prepare, site_line_occurrences
from saring.compute import pool, time_limit
from saring.compute.bisection import map_bisecting
from saring.compute.task_context import TaskContext
from saring.config import language_tags
from saring.core import ids as doc_ids
from saring.core.printable import printable
from saring.corpus import overlaps as overlap
from saring.noise import site_line_counts
from saring.read import jsonl
from saring.read.declared_metadata import NO_METADATA
from saring.read.scrape import RefusedError, Rejection, rejection_table, replace_unencodable, scrape_table
from saring.storage.files import write_table
from saring.tools.clean_scrapes import SCRAPE_BYTES, CleanContext, CleanSettings, clean_within_limit
from saring.tools.filter_records import record_of, shallow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saring.config import Config
    from saring.read.compression import Stream
    from saring.read.scrape import Scrape

    _Chunk = list[jsonl.Line | Rejection]

__all__ = ["clean", "count_site_lines", "overlaps", "rereadable_input"]

T = TypeVar("T")

#: Source name of the input for `jsonl`: records are called `#1`, `#2`, ...
_SOURCE = ""

#: Output records and rejections.
Output = tuple[list[dict[str, Any]], list[dict[str, Any]]]

#: Records and bytes of a chunk, which a worker cleans at a time: small enough to stream, large enough for columnar steps to pay off.
_CHUNK_RECORDS, _CHUNK_BYTES = 512, 4_000_000

#: Characters of a record that a message quotes.
_QUOTED = 200

_LEDGER = ("step", "field", "start", "end", "original", "replacement", "kind", "rule", "score")


def clean(stream: Stream, config: Config, processes: int = 0, site_lines: pl.DataFrame | None = None) -> Iterator[Output]:
    """Clean a stream of pages, each independently of the other pages in the stream.

    Args:
        stream: JSON Lines; a record has `id` (any JSON value; default: the line number), `text` or `html`, and optionally the other fields
            that `saring.read.jsonl` reads.
        config: rules, names, languages and limits.
        processes: number of worker processes; 0 cleans in this process, where pages that take longer than `[build] page_seconds` cannot be
            stopped.
        site_lines: lines that sites repeat across pages, from `count_site_lines` or a release; None for none.

    Yields:
        Records `id`, `text`, `title`, `language`, `created` (ISO 8601), `site`, `authors`, `url`, `dropped_share`, `edits`, in input order;
        and rejections. Every input record is in one of the two.
    """
    yield from _map_chunks(_clean_chunk, stream, processes, CleanSettings(config, site_lines), _crashed)


def count_site_lines(stream: Stream, config: Config, processes: int = 0) -> pl.DataFrame:
    """Find the lines that sites repeat across the pages of a stream, for the argument `site_lines` of `clean`.

    Bad records are skipped; `clean` reports them.

    Args:
        stream: JSON Lines of pages, as for `clean`.
        config: limits, and the least number of pages that a line must stand on (`[noise] site_pages`).
        processes: number of worker processes; 0 for none.

    Returns:
        A table with the columns of `site_lines.SITE_LINES_SCHEMA`.
    """
    no_lines = pl.DataFrame(schema=site_line_counts.LINE_OCCURRENCES)
    with tempfile.TemporaryDirectory() as folder:
        for number, lines in enumerate(_map_chunks(_lines_chunk, stream, processes, CleanSettings(config, None), lambda _: no_lines)):
            write_table(Path(folder) / f"{number:08d}.parquet", lines)
        files = sorted(Path(folder).iterdir())
        return site_line_counts.find_site_lines(
            pl.scan_parquet(files) if files else pl.LazyFrame(schema=site_line_counts.LINE_OCCURRENCES), config.noise.site_pages
        )


@contextlib.contextmanager
def rereadable_input(file: str, standard_input: BinaryIO) -> Iterator[str]:
    """Yield the name of an input file that can be read twice; standard input (`-`) is copied to a temporary file."""
    if file != "-":
        yield file
        return
    with tempfile.NamedTemporaryFile(prefix="saring-") as spool:
        shutil.copyfileobj(standard_input, spool)
        spool.flush()
        yield spool.name


def _map_chunks(
    work: Callable[[_Chunk, CleanContext], T],
    stream: Stream,
    processes: int,
    clean_settings: CleanSettings,
    crashed: Callable[[jsonl.Line | Rejection], T],
) -> Iterator[T]:
    """Map a function over the chunks of a stream in worker processes, in order, bisecting chunks that crash a worker.

    Args:
        work: the function of a chunk and the context.
        stream: the JSON Lines.
        processes: number of worker processes; 0 for none.
        clean_settings: configuration and site lines.
        crashed: gives the result for a single record that crashes a worker.
    """
    build = clean_settings.config.build
    load = functools.partial(preload, clean_settings.config)
    with time_limit.watchdog_for(build.page_seconds, bool(processes), load=load) as watchdog, pool.process_pool(processes) as executor:
        context = TaskContext(clean_settings, watchdog)
        for part, outcome in map_bisecting(executor, work, _chunks(stream, build.scrape_bytes), context):
            yield crashed(part[0]) if isinstance(outcome, pool.WorkerDied) else outcome


def overlaps(stream: Stream, config: Config) -> Iterator[Output]:
    """Find duplicates and translations among the documents of a stream.

    Args:
        stream: JSON Lines of `id` (a unique string), `text`, and optionally `language` (an ISO 639 code; default: identified).
        config: thresholds and limits.

    Yields:
        Rejections while the stream is read; then the rows of `tables.OVERLAP`.
    """
    texts: dict[str, tuple[str, str | None]] = {}
    rejections: list[Rejection] = []
    for line in jsonl.read_lines(stream, _SOURCE, config.build.scrape_bytes):
        try:
            id_, text, language = _overlap_input(line)
        except RefusedError as error:
            rejections.append(Rejection(_place(line), error.reason, error.message))
        else:
            if id_ in texts:
                hint = f"The id {id_[:_QUOTED]!r} occurred before. Every document needs an id of its own."
                rejections.append(Rejection(_place(line), "copy", hint))
            else:
                texts[id_] = text, language
        if len(rejections) >= _CHUNK_RECORDS:  # so that any number of rejections takes bounded memory
            yield [], _rows(rejections)
            rejections = []
    columns = {"id": list(texts), "text": [text for text, _ in texts.values()], "language": [language for _, language in texts.values()]}
    pool = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String()))
    del texts, columns  # to free memory for the search
    yield overlap.find_overlaps(pool, config.overlap, config.build.memory).to_dicts(), _rows(rejections)


def _overlap_input(line: jsonl.Line | Rejection) -> tuple[str, str, str | None]:
    """Return id, text and language of an input record of `overlaps`; raise `RefusedError` if it is invalid."""
    if isinstance(line, Rejection):
        raise RefusedError(line.reason, line.message)
    record, _ = jsonl.parse_line(line.line)
    id_, text, language = (record.get(name) for name in ("id", "text", "language"))
    if not isinstance(id_, str) or not isinstance(text, str):
        fields = printable(replace_unencodable(", ".join(sorted(record)[:8]))[:_QUOTED]) or "none"
        raise RefusedError("bad-field", f"Expected id and text as strings, found the fields {fields}. Add or correct them.")
    return replace_unencodable(id_), replace_unencodable(text), language_tags.language_code(language) if isinstance(language, str) else None


def _chunks(stream: Stream, limit: int) -> Iterator[_Chunk]:
    """Group the lines of a stream into chunks of at most `_CHUNK_RECORDS` records and about `_CHUNK_BYTES` bytes."""
    chunk: _Chunk = []
    size = 0
    for line in jsonl.read_lines(stream, _SOURCE, limit):
        chunk.append(line)
        size += 0 if isinstance(line, Rejection) else len(line.line)
        if len(chunk) >= _CHUNK_RECORDS or size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _lines_chunk(chunk: _Chunk, context: CleanContext) -> pl.DataFrame:
    text_format = context.payload.config.extract.format

    def occurrences(rows: pl.DataFrame, announce: Callable[[str | None], None]) -> pl.DataFrame:
        return site_line_occurrences(prepare(rows, announce, text_format=text_format).pages, text_format=text_format)

    results, _ = context.watchdog.run(occurrences, _scrapes(chunk)[0], SCRAPE_BYTES)
    return pl.concat(results)


def _clean_chunk(chunk: _Chunk, context: CleanContext) -> Output:
    """Clean the records of a chunk; return output records and rejections under the ids of the input."""
    scrapes, ids, rejections = _scrapes(chunk)
    clean_settings = context.payload._replace(config=_with_own_exceptions(context.payload.config, scrapes, ids))
    cleaned = clean_within_limit(scrapes, context._replace(payload=clean_settings))
    changes: dict[str, list[dict[str, Any]]] = {}
    for rows in cleaned.edits.partition_by("id", maintain_order=True):
        changes[rows["id"][0]] = rows.select(_LEDGER).to_dicts()
    documents = cleaned.documents.to_dicts()
    records = [record_of(document, ids[document["source"]], changes.get(document["id"], [])) for document in documents]
    rejected = [row | {"id": ids[row["source"]]} for row in cleaned.rejections.to_dicts()]
    return records, [*_rows(rejections), *rejected]


def _with_own_exceptions(config: Config, scrapes: pl.DataFrame, ids: dict[str, Any]) -> Config:
    """Return a configuration in which exceptions that name the id of an input record apply to its scrape, whose own id is a hash.

    `ids` has the ids of the input records by the source of their scrapes (`line N`).
    """
    own = dict(scrapes.select("source", pl.concat_str(doc_ids.page_id_of(), "sha256", separator=".")).iter_rows()) if config.keeps else {}
    more = [dataclasses.replace(keep, id=own[place]) for place, id_ in ids.items() for keep in config.keeps if keep.id == id_]
    return dataclasses.replace(config, keeps=(*config.keeps, *more)) if more else config


def _scrapes(chunk: _Chunk) -> tuple[pl.DataFrame, dict[str, Any], list[Rejection]]:
    """Parse the records of a chunk; return scrapes, the ids of the records by source (`line N`: ids may repeat), and rejections."""
    ids: dict[str, Any] = {}
    scrapes: list[Scrape] = []
    rejections: list[Rejection] = []
    for line in chunk:
        if isinstance(line, Rejection):
            rejections.append(line._replace(source=_place(line)))
            continue
        try:
            record, charset = jsonl.parse_line(line.line)
            id_ = shallow(record.get("id", int(line.place.rpartition("#")[2])))
            scrapes.append(jsonl.line_scrape(record, charset, line, NO_METADATA)._replace(source=_place(line)))
            ids[_place(line)] = id_
        except RefusedError as error:
            rejections.append(Rejection(_place(line), error.reason, error.message))
    return scrape_table(scrapes), ids, rejections


def _place(line: jsonl.Line | Rejection) -> str:
    """Return the position of a record in the input: `line N`."""
    place = line.source if isinstance(line, Rejection) else line.place
    number = place.rpartition("#")[2]
    return f"line {number}" if number.isdigit() else "the input"


def _crashed(line: jsonl.Line | Rejection) -> Output:
    """Return the rejection of a record that crashed a worker process twice."""
    message = "A library ended its process on this page, twice; the others are unharmed."
    return [], rejection_table([Rejection(_place(line), "crashed", message)]).to_dicts()


def _rows(rejections: list[Rejection]) -> list[dict[str, Any]]:
    return rejection_table(rejections).to_dicts()
