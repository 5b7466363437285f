"""What stands beside a scrape: its sidecar `NAME.meta.toml`, and the [[source]] tables of corpus.toml that match its path."""

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

__all__ = ["MOST_BYTES", "SUFFIX", "parse_sidecar", "sidecar_metadata", "source_columns", "source_defaults"]

SUFFIX = list_files.SIDECAR

#: A dozen short values; what is longer is no sidecar.
MOST_BYTES = 65_536


def sidecar_metadata(scrape: Path, source: str, root: Path | None, *, container: bool) -> DeclaredMetadata:
    """Return what the sidecar of a file states; nothing where there is none.

    Args:
        scrape: the file that it stands beside.
        source: the file's path in raw/, by which messages name it.
        root: the folder that a link may not lead out of, if any.
        container: whether it speaks for all records of a container; then it cannot name their one URL.

    Raises:
        RefusedError: `bad-sidecar`, with place, expected, found and what to do.
    """
    file, source = scrape.with_name(scrape.name + SUFFIX), source + SUFFIX
    try:
        if not file.is_file():
            return NO_METADATA
        if root and file.is_symlink() and not list_files.is_inside(file, root):
            message = f"{source}: expected a file, found a link to outside of the folder. Copy what it points to."
            raise RefusedError("bad-sidecar", message)
        size = file.stat().st_size
        data = file.read_bytes() if size <= MOST_BYTES else b""
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return NO_METADATA
        raise RefusedError("bad-sidecar", f"{source}: it cannot be read: {error.strerror}. Check its permissions.") from error
    if size > MOST_BYTES:
        raise _too_large(source, f"{size:,}")
    return parse_sidecar(data, source, container=container)


def parse_sidecar(data: bytes, source: str, *, container: bool) -> DeclaredMetadata:
    """Return what the bytes of a sidecar state.

    Args:
        data: all of them, or more than a sidecar may have.
        source: the sidecar's path in raw/.
        container: as in `sidecar_metadata`.

    Raises:
        RefusedError: `bad-sidecar`, with place, expected, found and what to do.
    """
    if len(data) > MOST_BYTES:
        raise _too_large(source, "more")
    try:
        return parse_table(data, source, lambda table: _stated(table, container=container))
    except ConfigError as error:
        raise RefusedError("bad-sidecar", str(error)) from error
    except (ValueError, RecursionError) as error:  # tomllib lets numbers of 5,000 digits and deep nesting through
        plain = ConfigError(file=source, path="", expected="TOML", found=f"what cannot be read ({type(error).__name__})", hint="Mend it.")
        raise RefusedError("bad-sidecar", str(plain)) from error


def _too_large(source: str, found: str) -> RefusedError:
    return RefusedError("bad-sidecar", f"{source}: expected at most {MOST_BYTES:,} bytes, found {found}. Is it the right file?")


def source_defaults(source: str, sources: Iterable[Source]) -> DeclaredMetadata:
    """Return what corpus.toml states about a path in raw/: of the tables that match, the first that has a value gives it.

    `*` in a path matches any characters, those of folders below too: `news/*` is all that is under news/.
    """
    stated = NO_METADATA
    for entry in sources:
        if fnmatch.fnmatchcase(source, entry.path):
            stated = fill_missing(
                stated, DeclaredMetadata(site=entry.site, license=entry.license, language=entry.language, charset=entry.charset)
            )
    return stated


def source_columns(source: str, sources: Iterable[Source]) -> Columns:
    """Return which columns corpus.toml names for a path in raw/: of the tables that match, the first that names a field counts."""
    names: dict[str, str | None] = {}
    for entry in sources:
        if entry.columns and fnmatch.fnmatchcase(source, entry.path):
            names = {**dict(entry.columns), **names}
    return Columns(names, source)


def _stated(table: Table, *, container: bool) -> DeclaredMetadata:
    url = table.string("url")
    if url is not None and container:
        hint = "Remove it, or let the records say their own."
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
