"""The files of a folder, in one order on every file system, and none from outside of it."""

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

#: What stands beside a scrape and says more about it ends so.
SIDECAR = ".meta.toml"

#: What explains a folder, at its top.
README = ("README", "README.md", "README.txt")


class File(NamedTuple):
    """A regular file.

    Attributes:
        path: where it is.
        source: its path in raw/.
        size: in bytes.
        mark: of a file elsewhere what differs wherever its content does, where the store says such a thing.
        alone: whether it is known that no sidecar stands beside it.
    """

    path: Path
    source: str
    size: int
    mark: str | None = None
    alone: bool = False


def list_files(raw: Path) -> Iterator[File | Rejection]:
    """Yield the regular files of a folder, sorted by relative path; a rejection for each other thing that is there.

    Hidden files and folders and the folder's own README are passed over. Symbolic links are followed where they stay inside the
    folder; a linked folder that holds itself, or that is reached through another one, is not entered.
    """
    if not is_local(raw):
        yield from _elsewhere(raw)
        return
    root = raw.resolve()
    # A stack, not recursion: folders can be nested deeper than calls. Each entry: what is left of a folder, and whether a
    # link led there.
    stack = [(iter(_listing(raw, "")), False)]
    while stack:
        entries, linked = stack[-1]
        entry = next(entries, None)
        if entry is None:
            stack.pop()
        elif isinstance(entry, Rejection):
            yield entry
        else:
            path, relative = entry
            found = _look(path, relative, root, linked=linked)
            if isinstance(found, _Folder):
                stack.append((iter(_listing(path, f"{relative}/")), linked or found.linked))
            else:
                yield found


def display_name(name: str) -> str:
    r"""Return a file name as a clean string that no other name is shown as.

    Control, format and bidirectional characters, bytes that are not UTF-8 and the backslash itself are escaped.

    >>> display_name("a\u202eb")
    'a\\u202eb'
    """
    if name.isprintable() and "\\" not in name:
        return name
    return "".join(char if char.isprintable() and char != "\\" else _escape(char) for char in name)


def _elsewhere(raw: Path) -> Iterator[File | Rejection]:
    there = list_remote(raw)
    for path in sorted(there, key=lambda path: path.encode("utf-8", "surrogateescape")):
        parts = path.split("/")
        if any(part.startswith(".") for part in parts) or path in README or path.endswith("/"):
            continue
        if "" in parts:
            yield Rejection(display_name(path), "unreadable", "Its name has two slashes in a row, which no file has. Rename it.")
        else:
            yield File(raw.joinpath(*parts), display_name(path), there[path].size, there[path].mark, alone=path + SIDECAR not in there)


class _Folder(NamedTuple):
    linked: bool


def _listing(folder: Path, prefix: str) -> list[tuple[Path, str] | Rejection]:
    """Return what is in a folder, sorted so that whole relative paths are."""
    try:
        with os.scandir(folder) as scan:
            # A folder sorts as if its name ended in "/": so "a-b/x" comes before "a/x", as the paths themselves do.
            entries = sorted((os.fsencode(entry.name) + b"/" * _is_folder(entry), entry.name) for entry in scan)
    except OSError as error:
        return [Rejection(prefix.rstrip("/"), "unreadable", f"The folder cannot be read: {error.strerror}. Check its permissions.")]
    names = [name for _, name in entries if not name.startswith(".") and not (not prefix and name in README)]
    return [(folder / name, prefix + display_name(name)) for name in names]


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # links that point at each other
        return False


def is_inside(path: Path, root: Path) -> bool:
    """Whether a path is in a folder once its links are followed.

    Raises:
        OSError, RuntimeError: they lead nowhere, or in circles.
    """
    return path.resolve(strict=True).is_relative_to(root)


def _look(path: Path, source: str, root: Path, *, linked: bool) -> File | Rejection | _Folder:  # noqa: PLR0911 - one for each kind of thing
    try:
        link = path.is_symlink()
        if link and not is_inside(path, root):
            return Rejection(source, "outside", "It is a link to outside of the folder. Copy what it points to, if it belongs here.")
        status = path.stat()
    except FileNotFoundError:
        return Rejection(source, "unreadable", "It is a link to what is not there. Remove it or mend it.")
    except (OSError, RuntimeError) as error:  # RuntimeError: links that point at each other, before Python 3.13
        reason = getattr(error, "strerror", None) or "links that point at each other"
        return Rejection(source, "unreadable", f"It cannot be read: {reason}. Check it and its permissions.")
    if stat.S_ISREG(status.st_mode):
        return File(path, source, status.st_size)
    if not stat.S_ISDIR(status.st_mode):
        return Rejection(source, "unknown-type", "It is no regular file but a pipe, socket or device. Remove it.")
    if link and (linked or path.parent.resolve().is_relative_to(path.resolve())):
        message = "It is a link to a folder that holds it, or a link within a linked folder. Remove it: what it shows is read already."
        return Rejection(source, "loop", message)
    return _Folder(linked=link)


def _escape(char: str) -> str:
    code = ord(char)
    if char == "\\":
        return "\\\\"
    if "\udc80" <= char <= "\udcff":  # how Python keeps a byte of a file name that is not UTF-8
        return f"\\x{code & 0xFF:02x}"
    return f"\\u{code:04x}" if char <= "\uffff" else f"\\U{code:08x}"
