"""List the files of a local or remote folder in the same order on every file system, without following links out of it."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING, NamedTuple

from saring.read.scrape import Rejection
from saring.storage.paths import is_local, list_remote

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["README", "SIDECAR", "File", "display_name", "is_inside", "list_files"]

#: Suffix of a sidecar, the file of metadata beside a scrape.
SIDECAR = ".meta.toml"

#: Names of a README at the top of a folder or an archive, which is skipped.
README = ("README", "README.md", "README.txt")


class File(NamedTuple):
    """A regular file in the folder of scrapes, local or remote.

    Attributes:
        path: its local or remote path.
        source: its path relative to the folder, in printable form.
        size: its size in bytes.
        mark: for a remote file, a token of its content from the store (S3's ETag), where the store has one.
        has_no_sidecar: True where the listing shows that no sidecar is beside it; False where that is unknown.
    """

    path: Path
    source: str
    size: int
    mark: str | None = None
    has_no_sidecar: bool = False


def list_files(raw: Path) -> Iterator[File | Rejection]:
    """Yield the regular files of a folder, sorted by relative path, and a rejection for each link, pipe or device that is not read.

    Hidden files and folders and the folder's own README are skipped. Symbolic links are followed where they stay inside the
    folder; a linked folder that contains itself, or that is reached through another linked folder, is not entered.
    """
    if not is_local(raw):
        yield from _list_remote_files(raw)
        return
    root = raw.resolve()
    # A stack, not recursion: folders can be nested deeper than Python calls. Each item: an iterator over the remaining entries of a
    # folder, and whether a symbolic link leads to it.
    stack = [(iter(_list_folder(raw, "")), False)]
    while stack:
        entries, via_link = stack[-1]
        entry = next(entries, None)
        if entry is None:
            stack.pop()
        elif isinstance(entry, Rejection):
            yield entry
        else:
            path, source = entry
            classified = _classify(path, source, root, via_link=via_link)
            if isinstance(classified, _Folder):
                stack.append((iter(_list_folder(path, f"{source}/")), via_link or classified.is_link))
            else:
                yield classified


def display_name(name: str) -> str:
    r"""Return a file name in a printable form that is unique to it, for sources and messages.

    Control, format and bidirectional characters, bytes that are not UTF-8 and the backslash itself are escaped.

    >>> display_name("a\u202eb")
    'a\\u202eb'
    """
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(char if char.isprintable() and char != "\\" else _escape(char) for char in name)


def _list_remote_files(raw: Path) -> Iterator[File | Rejection]:
    """Yield the files of a remote folder, which has no links, sorted by relative path; skips what `list_files` skips."""
    listing = list_remote(raw)
    for path in sorted(listing, key=lambda path: path.encode("utf-8", "surrogateescape")):
        parts = path.split("/")
        if any(part.startswith(".") for part in parts) or path in README or path.endswith("/"):
            continue
        if "" in parts:
            message = "Its path contains two slashes in a row, which no local path can have. Rename it."
            yield Rejection(display_name(path), "unreadable", message)
        else:
            has_no_sidecar = path + SIDECAR not in listing
            yield File(raw.joinpath(*parts), display_name(path), listing[path].size, listing[path].mark, has_no_sidecar)


class _Folder(NamedTuple):
    """Marks a directory entry as a folder to enter, with whether it is a symbolic link."""

    is_link: bool


def _list_folder(folder: Path, prefix: str) -> list[tuple[Path, str] | Rejection]:
    """Return the entries of one folder, each with its path and its source, in the order of complete relative paths.

    Args:
        folder: the folder to list.
        prefix: its source with a slash at the end; empty for the top folder.
    """
    try:
        with os.scandir(folder) as scan:
            # A folder sorts as if its name ended in "/": so "a-b/x" comes before "a/x", as the complete paths do.
            entries = sorted((os.fsencode(entry.name) + b"/" * _is_folder(entry), entry.name) for entry in scan)
    except OSError as error:
        return [Rejection(prefix.rstrip("/"), "unreadable", f"The folder cannot be read: {error.strerror}. Check its permissions.")]
    names = [name for _, name in entries if not name.startswith(".") and not (not prefix and name in README)]
    return [(folder / name, prefix + display_name(name)) for name in names]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether a directory entry is a folder or a link to one; False for circular links."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_inside(path: Path, root: Path) -> bool:
    """Tell whether a path is in a folder after its symbolic links are resolved.

    Args:
        path: the path.
        root: the folder, resolved.

    Raises:
        OSError, RuntimeError: a link is broken or circular.
    """
    return path.resolve(strict=True).is_relative_to(root)


def _classify(path: Path, source: str, root: Path, *, via_link: bool) -> File | Rejection | _Folder:  # noqa: PLR0911 - one for each kind
    """Return a directory entry as a file, as a folder to enter, or as a rejection for links out of the folder, pipes, devices and loops.

    Args:
        path: the entry's path.
        source: its source, for rejections.
        root: the folder of scrapes, resolved.
        via_link: whether the folder that the entry is in was reached through a symbolic link.
    """
    try:
        is_link = path.is_symlink()
        if is_link and not is_inside(path, root):
            message = "This link points outside of the folder of scrapes. Replace it by a copy of its target, if that belongs here."
            return Rejection(source, "outside", message)
        status = path.stat()
    except FileNotFoundError:
        return Rejection(source, "unreadable", "This link is broken: its target does not exist. Fix or remove it.")
    except (OSError, RuntimeError) as error:  # RuntimeError: circular links, before Python 3.13
        reason = getattr(error, "strerror", None) or "its links are circular"
        return Rejection(source, "unreadable", f"The file cannot be read: {reason}. Check the file and its permissions.")
    if stat.S_ISREG(status.st_mode):
        return File(path, source, status.st_size)
    if not stat.S_ISDIR(status.st_mode):
        return Rejection(source, "unknown-type", "This is a pipe, socket or device, not a regular file. Remove it.")
    if is_link and (via_link or path.parent.resolve().is_relative_to(path.resolve())):
        message = "This link leads to a folder that contains it, or is in a linked folder itself. Remove it: its files are read already."
        return Rejection(source, "loop", message)
    return _Folder(is_link=is_link)


def _escape(char: str) -> str:
    r"""Return an unprintable character or backslash as an escape sequence, such as `\u202e`."""
    code = ord(char)
    if char == "\\":
        return "\\\\"
    if "\udc80" <= char <= "\udcff":  # surrogate escape: a byte of a file name that is not UTF-8
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if char <= "\uffff" else f"\\U{code:08x}"
