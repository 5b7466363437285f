"""The first step: bytes -> scrapes | rejections, one module a format.

    walk, ahead      the files of raw/, in one order; those that stand elsewhere, fetched before they are read
    dataset_folder   what describes a dataset and is no scrape
    compression      .gz and .zst, streamed
    text, html       files of one page, as is mhtml, a page that a browser saved; `page` is what they and WARC share
    documents        PDF, Word, OpenDocument and EPUB, converted in a process of their own (`convert`)
    warc             web archives
    feed             RSS, Atom and RDF; `entry` is one entry of them
    jsonl            JSON Lines; `json_values` other JSON
    delimited        CSV and TSV
    parquet, arrow   `arrow_table` is what they share
    columns, fields  names and values of a record's fields, in all formats of records
    archive          files within zip_archive and tar_archive
    bounded          rejections of one file, no more than a hundred a reason
    charset, labels  bytes -> text
    sidecar          what stands beside a scrape
    stated, urls     what a scrape says about itself
    found            the tables that come of it

Whatever the bytes are, each scrape becomes a row of one of two tables. Memory is bounded by the batch and the largest scrape.
"""

from __future__ import annotations

import functools
import hashlib
import io
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.core.errors import NoInputError
from saring.read import (
    archive,
    arrow,
    compression,
    csv_tables,
    dataset_folder,
    feed,
    html,
    json_file,
    jsonl,
    list_files,
    mhtml,
    page,
    parquet,
    pdf_docx_epub,
    plain_text,
    prefetch,
    rejection_limit,
    sidecar,
    tar_archive,
    warc,
    zip_archive,
)
from saring.read.declared_metadata import NO_METADATA, fill_missing
from saring.read.scrape import RefusedError, Rejection, Scrape, rejection_table, scrape_table
from saring.storage.files import digest
from saring.storage.paths import is_local

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import polars as pl

    from saring.config import Config
    from saring.read.declared_metadata import DeclaredMetadata

__all__ = ["Batch", "folder_digest", "read_batches", "read_one"]

#: More rows than this do not make a batch faster, and rejections have no size by which to bound them.
_MOST_ROWS = 2_000

#: Formats of records with fields, whose names corpus.toml may state.
_RECORDS = (jsonl, json_file, csv_tables, parquet, arrow)
_ARCHIVES = (zip_archive, tar_archive)
_FORMATS: dict[str, Any] = {
    suffix: module for module in (plain_text, html, mhtml, pdf_docx_epub, warc, feed, *_RECORDS, *_ARCHIVES) for suffix in module.SUFFIXES
}
_CONTAINERS = (warc, feed, *_RECORDS, *_ARCHIVES)
#: One suffix for a format and its packing.
_TOGETHER = {".tgz": (".tar", ".gz")}
#: What to do with a file of a kind that is not read, but often comes with others.
_SAVE_AS = {
    ".doc": "Save it as .docx.",
    ".rtf": "Save it as .docx.",
    **dict.fromkeys((".xls", ".xlsx", ".ods"), "Save its sheet as .csv."),
    **dict.fromkeys((".rar", ".7z", ".bz2", ".xz"), "Unpack it, or pack it as .zip or .tar.gz."),
}
_KNOWN = f"{', '.join(sorted([*_FORMATS, *_TOGETHER]))}, each also with {' or '.join(compression.PACKINGS)}"


class Batch(NamedTuple):
    """A table of `tables.SCRAPE` and one of `tables.REJECTION`."""

    scrapes: pl.DataFrame
    rejections: pl.DataFrame


def read_batches(raw: Path, config: Config) -> Iterator[Batch]:
    """Read a folder of scrapes, in batches of about `config.build.batch_bytes` and at most 2,000 rows.

    The order is that of the paths in the folder, then that of the records. Text is decoded and nothing else: line breaks stay as
    they are.

    Raises:
        NoInputError: there is no such folder, or no file in it that could be a scrape. Raised at once, not at the first batch.
    """
    if not raw.is_dir():
        found = "a file" if raw.exists() else "nothing"
        raise NoInputError(f"{raw}: expected a folder of scrapes, found {found}. Put scrapes there ({_KNOWN}), or name another with --raw.")
    if not any(isinstance(file, list_files.File) and _kind(file.source)[0] for file in list_files.list_files(raw)):
        raise NoInputError(f"{raw}: expected scrapes, found none. Put files there that end in {_KNOWN}.")
    return _batched(_closing(_found(raw, config)), config.build.batch_bytes)


def read_one(file: Path, config: Config, raw: Path | None = None) -> Batch:
    """Read one file, with the sidecar beside it.

    Args:
        file: it.
        config: limits, and what holds for folders.
        raw: the folder of scrapes; a file that is not in it is read as if it stood at its top.

    Raises:
        NoInputError: there is no such file.
    """
    if not file.is_file():
        raise NoInputError(
            f"{file}: expected a file with a scrape, found {'no regular file' if file.exists() else 'nothing'}. Check the path."
        )
    inside = raw is not None and is_local(raw) and file.absolute().is_relative_to(raw.absolute())
    name = file.absolute().relative_to(raw.absolute()).as_posix() if raw is not None and inside else file.name
    entry = list_files.File(file, list_files.display_name(name), file.stat().st_size)
    try:
        found = list(_read(entry, config, None))
    finally:
        pdf_docx_epub.close()
    return _batch([row for row in found if isinstance(row, Scrape)], [row for row in found if isinstance(row, Rejection)])


def folder_digest(raw: Path) -> str:
    """Return the hash of all files in a folder of scrapes, names and contents: equal hashes, nothing new.

    Times and sizes are not trusted: a file system may keep neither. Reads at the speed of the disk, or 1.5 GB/s. A store that marks what it
    holds by content (S3 by its ETag) is asked for the marks alone.
    """
    found = hashlib.sha256()
    for entry in list_files.list_files(raw) if raw.is_dir() else ():
        try:
            content = (entry.mark or digest(entry.path)) if isinstance(entry, list_files.File) else entry.message
        except OSError as error:  # a file that cannot be read is a rejection, and the same one next time
            content = str(error)
        found.update(f"{entry.source}\0{content}\n".encode())
    return found.hexdigest()


def _kind(source: str) -> tuple[str | None, str]:
    """Return the suffix that tells the format, `None` for one that is unknown, and the suffix of the packing."""
    path = PurePosixPath(source.lower())
    if path.suffix in _TOGETHER:
        return _TOGETHER[path.suffix]
    packing = path.suffix if path.suffix in compression.PACKINGS else ""
    suffix = PurePosixPath(path.stem).suffix if packing else path.suffix
    return (suffix if suffix in _FORMATS else None), packing


def _is_container(source: str) -> bool | None:
    """Tell whether a file has many records, None for one of an unknown kind."""
    suffix, _ = _kind(source)
    return None if suffix is None else _FORMATS[suffix] in _CONTAINERS


def _found(raw: Path, config: Config) -> Iterator[Scrape | Rejection]:
    root = raw.resolve() if is_local(raw) else None  # stores have no links
    folders = dataset_folder.Folders()
    for entry, content in prefetch.prefetch_files(list_files.list_files(raw)):
        if isinstance(entry, Rejection):
            yield entry
        elif folders.describes(entry):
            continue
        elif entry.source.endswith(sidecar.SUFFIX):
            path = entry.path.with_name(entry.path.name.removesuffix(sidecar.SUFFIX))
            if not path.exists():
                name = list_files.display_name(path.name)
                yield Rejection(entry.source, "orphan-sidecar", f"Expected {name} beside it, found nothing. Remove it or add the file.")
        else:
            yield from _read(entry, config, root, content)


def _closing(found: Iterable[Scrape | Rejection]) -> Iterator[Scrape | Rejection]:
    """Pass on what is found; at the end, end the process that converts documents."""
    try:
        yield from found
    finally:
        pdf_docx_epub.close()


def _read(file: list_files.File, config: Config, root: Path | None, content: bytes | None = None) -> Iterator[Scrape | Rejection]:
    suffix, packing = _kind(file.source)
    if suffix is None:
        hint = _SAVE_AS.get(PurePosixPath(file.source.lower()).suffix, "Rename, unpack or remove it.")
        yield Rejection(file.source, "unknown-type", f"{hint} Its name does not end in {_KNOWN}.", bytes=file.size)
        return
    form, limit = _FORMATS[suffix], config.build.scrape_bytes
    if form in (plain_text, html) and not packing and file.size > limit:
        yield page.too_large_rejection(file.source, limit, file.size)
        return
    try:
        beside = NO_METADATA if file.alone else sidecar.sidecar_metadata(file.path, file.source, root, container=form in _CONTAINERS)
    except RefusedError as error:
        yield Rejection(file.source, error.reason, error.message, bytes=file.size)
        return
    source: Path | io.BufferedReader = file.path if content is None else io.BufferedReader(io.BytesIO(content))
    with compression.Stream(source, packing) as stream:
        if form in _ARCHIVES:
            kinds = archive.Kinds(_is_container, functools.partial(_member, config=config))
            rows = archive.read(form, stream, file.source, beside, kinds)
        else:
            rows = _parsed(form, stream, file.source, beside, config)
        yield from rejection_limit.limit_rejections(rows, file.source)


def _member(inner: archive.Inner, config: Config) -> Iterator[Scrape | Rejection]:
    suffix, packing = _kind(inner.source)
    form = _FORMATS[str(suffix)]
    if form in _ARCHIVES:
        yield Rejection(inner.source, "nested", "It is an archive within an archive. Unpack the outer one.")
        return
    with compression.Stream(inner.file, packing) as stream:
        yield from _parsed(form, stream, inner.source, inner.beside, config)


def _parsed(form: Any, stream: compression.Stream, source: str, beside: DeclaredMetadata, config: Config) -> Iterator[Scrape | Rejection]:  # noqa: ANN401 - modules
    defaults = fill_missing(beside, sidecar.source_defaults(source, config.sources))
    limit = config.build.scrape_bytes
    if form in _RECORDS:
        yield from form.read(stream, source, defaults, limit, sidecar.source_columns(source, config.sources))
    elif form is pdf_docx_epub:
        yield from pdf_docx_epub.read(stream, source, defaults, limit, config.build.page_seconds)
    else:
        yield from form.read(stream, source, defaults, limit)


def _batched(found: Iterable[Scrape | Rejection], most_bytes: int) -> Iterator[Batch]:
    scrapes: list[Scrape] = []
    rejections: list[Rejection] = []
    size = 0
    for row in found:
        if isinstance(row, Rejection):
            rejections.append(row)
        else:
            if scrapes and size + row.size > most_bytes:
                yield _batch(scrapes, rejections)
                scrapes, rejections, size = [], [], 0
            scrapes.append(row)
            size += row.size
        if len(scrapes) == _MOST_ROWS or len(rejections) == _MOST_ROWS:
            yield _batch(scrapes, rejections)
            scrapes, rejections, size = [], [], 0
    if scrapes or rejections:
        yield _batch(scrapes, rejections)


def _batch(scrapes: list[Scrape], rejections: list[Rejection]) -> Batch:
    return Batch(scrape_table(scrapes), rejection_table(rejections))
