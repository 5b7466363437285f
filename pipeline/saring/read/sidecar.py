"""Metadata from outside of a scrape: its sidecar `NAME.meta.toml`, and the [[source]] tables of corpus.toml that match its path."""

from __future__ import annotations

import errno
import fnmatch
from typing import TYPE_CHECKING

from saring.config import charset_labels
from saring.config.toml_table import parse_table
from saring.core import urls
from saring.core.errors import ConfigError
from saring.read import list_files
from saring.read.column_names import Columns
from saring.read.declared_metadata import NO_METADATA, DeclaredMetadata, fill_missing, parse_moment
from saring.read.scrape import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from saring.config import Source
    from saring.config.toml_table import Table

__all__ = ["MAX_BYTES", "SUFFIX", "parse_sidecar", "sidecar_metadata", "source_columns", "source_defaults"]

SUFFIX = list_files.SIDECAR

#: The most bytes of a sidecar, which has a dozen short values. A judgement.
MAX_BYTES = 65_536


def sidecar_metadata(scrape: Path, source: str, root: Path | None, *, container: bool) -> DeclaredMetadata:
    """Return the metadata that the sidecar of a file declares; `NO_METADATA` where it has no sidecar.

    Args:
        scrape: the path of the file that the sidecar describes.
        source: the file's path in raw/, for messages.
        root: the folder of scrapes, which a link may not leave; None where links are not checked.
        container: whether the file holds many records; then the sidecar may not declare a URL.

    Raises:
        RefusedError: `bad-sidecar`: the sidecar cannot be read or is not valid.
    """
    file, source = scrape.with_name(scrape.name + SUFFIX), source + SUFFIX
    try:
        if not file.is_file():
            return NO_METADATA
        if root and file.is_symlink() and not list_files.is_inside(file, root):
            message = (
                f"{source}: expected a file, found a link that points outside of the folder of scrapes. Replace it by a copy of its target."
            )
            raise RefusedError("bad-sidecar", message)
        size = file.stat().st_size
        data = file.read_bytes() if size <= MAX_BYTES else b""
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return NO_METADATA
        raise RefusedError("bad-sidecar", f"{source}: the file cannot be read: {error.strerror}. Check its permissions.") from error
    if size > MAX_BYTES:
        raise _too_large_error(source, f"{size:,}")
    return parse_sidecar(data, source, container=container)


def parse_sidecar(data: bytes, source: str, *, container: bool) -> DeclaredMetadata:
    """Parse the bytes of a sidecar into declared metadata.

    Args:
        data: the sidecar's bytes; of a too long one, at least `MAX_BYTES` + 1.
        source: the sidecar's path in raw/, for messages.
        container: whether it describes a file of many records; then it may not declare a URL.

    Raises:
        RefusedError: `bad-sidecar`: the sidecar is too long or not valid.
    """
    if len(data) > MAX_BYTES:
        raise _too_large_error(source, "more")
    try:
        return parse_table(data, source, lambda table: _metadata(table, container=container))
    except ConfigError as error:
        raise RefusedError("bad-sidecar", str(error)) from error
    except (ValueError, RecursionError) as error:  # tomllib lets numbers of 5,000 digits and deep nesting through
        config_error = ConfigError(
            file=source, path="", expected="TOML", found=f"text that cannot be parsed ({type(error).__name__})", hint="Fix the file."
        )
        raise RefusedError("bad-sidecar", str(config_error)) from error


def _too_large_error(source: str, size: str) -> RefusedError:
    """Return the refusal of a sidecar with more than `MAX_BYTES`."""
    return RefusedError("bad-sidecar", f"{source}: expected at most {MAX_BYTES:,} bytes, found {size}. Is it the right file?")


def source_defaults(source: str, sources: Iterable[Source]) -> DeclaredMetadata:
    """Return the metadata that corpus.toml declares for a path in raw/: each field from the first matching [[source]] table that has it.

    `*` in the path of a table matches any characters, slashes included: `news/*` matches all files below news/.
    """
    metadata = NO_METADATA
    for entry in sources:
        if fnmatch.fnmatchcase(source, entry.path):
            declared = DeclaredMetadata(site=entry.site, license=entry.license, language=entry.language, charset=entry.charset)
            metadata = fill_missing(metadata, declared)
    return metadata


def source_columns(source: str, sources: Iterable[Source]) -> Columns:
    """Return the column names that corpus.toml sets for a path in raw/: each field from the first matching [[source]] table that has it."""
    names: dict[str, str | None] = {}
    for entry in sources:
        if entry.columns and fnmatch.fnmatchcase(source, entry.path):
            names = {**dict(entry.columns), **names}
    return Columns(names, source)


def _metadata(table: Table, *, container: bool) -> DeclaredMetadata:
    """Return the declared metadata in the TOML table of a sidecar.

    Raises:
        ConfigError: a key is unknown, a value is of the wrong type, or a URL is invalid or declared for a container.
    """
    url = table.string("url")
    if url is not None and container:
        hint = "Remove it, or put each record's URL into the record."
        raise table.error("url", expected="no url beside a file of many records", found=repr(url), hint=hint)
    cleaned = urls.clean_url(url) if url is not None else None
    if url is not None and cleaned is None:
        raise table.error("url", expected="an http or https URL", found=repr(url), hint="Correct it or leave it out.")
    created, offset = parse_moment(table.moment("created"))
    return DeclaredMetadata(
        url=cleaned,
        site=table.string("site"),
        title=table.string("title"),
        authors=list(table.strings("authors")) or None,
        created=created,
        created_offset=offset,
        added=parse_moment(table.moment("added"))[0],
        language=table.string("language"),
        license=table.string("license"),
        charset=charset_labels.parse_charset(table),
    )
