"""Folders here and elsewhere: raw/, the workspace and the releases may stand on this disk or at any URL that fsspec reaches.

One place where a string becomes a path (`path_of`). A path on this disk is a `pathlib.Path`, and all that is done with it is what was
always done; one elsewhere is a `UPath`, which speaks as a `Path` does (`/`, `name`, `exists`, `iterdir`, `open`, `read_bytes`, `unlink`).
What an object store cannot do, or does one request at a time, is here and in `pipeline/saring/storage/local_copies.py`:

    renaming a folder       its files are sent, and last the one that makes the folder count (`upload`)
    a lock                  an object that only one can put (`create_remote`; pipeline/saring/release/lease.py)
    half a file             an object is there whole or not at all, so nothing is written under another name first

A store that is none (SFTP, WebDAV) has no such promise: mount it, and name the folder.
"""

from __future__ import annotations

import contextlib
import io
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from saring.core.errors import ConfigError, SaringError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from io import BufferedReader

    from _typeshed import WriteableBuffer

__all__ = [
    "Entry",
    "create_remote",
    "failure_message",
    "is_local",
    "list_remote",
    "make_folder",
    "map_concurrently",
    "open_binary",
    "path_of",
    "read_bytes",
    "remove",
    "upload",
]

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Requests under way at a time: a store answers each after some tens of milliseconds, however small it is.
_REQUESTS = 16
#: Bytes that a stream asks for at a time.
_BLOCK = 8_000_000
#: File systems that remember what they listed; others write there too (workers on other machines), so that must be switched off.
_REMEMBERING = ("abfs", "abfss", "adl", "az", "gcs", "gs", "s3", "s3a")
#: What a store says of an object that differs wherever the content does.
_MARKS = ("ETag", "etag", "md5Hash", "content_md5")
#: Packages whose errors say that a store cannot be reached or refuses. They are no OSError.
_CLIENTS = ("aiobotocore", "aiohttp", "azure", "botocore", "gcsfs", "google")


class Entry(NamedTuple):
    """A file elsewhere.

    Attributes:
        size: in bytes.
        mark: differs where the content does; None where the store gives nothing of the kind.
        seen: differs where `mark` does, else wherever the file was written anew.
    """

    size: int
    mark: str | None
    seen: str


def path_of(named: str | Path) -> Path:
    """Return the path that a person named: a folder here, or the URL of one elsewhere, such as `s3://bucket/raw`.

    Raises:
        ConfigError: it is a URL of an unknown kind, or holds a password.
        SaringError: the package that speaks to such a place is not installed.
    """
    if not isinstance(named, str):
        return named
    protocol, elsewhere, rest = named.partition("://")
    if not elsewhere or protocol in ("file", "local"):
        return Path(rest if elsewhere else named)
    shown = f"{protocol}://…"
    if ":" in rest.partition("/")[0].rpartition("@")[0]:
        hint = "Put credentials into the environment, or where the store's own tools keep them."
        raise ConfigError(file=shown, path="", expected="an address without a password", found="one with it", hint=hint)
    import fsspec  # noqa: PLC0415 - only who works elsewhere needs it
    from upath import UPath  # noqa: PLC0415

    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        package = "'saring[s3]'" if protocol in ("s3", "s3a") else "what it names"
        raise SaringError(f"{named}: expected the package that reaches it, found none: {error}. Run: pip install {package}") from error
    except ValueError as error:
        hint = "Name a folder, or a URL such as s3://bucket/raw."
        raise ConfigError(file=named, path="", expected="a URL that fsspec knows", found=repr(protocol), hint=hint) from error
    options: dict[str, Any] = {"use_listings_cache": False} if protocol in _REMEMBERING else {}
    return cast("Path", UPath(named.rstrip("/"), **options))


def is_local(path: Path) -> bool:
    """Tell whether a path is on this machine's own file system."""
    return isinstance(path, Path)


def list_remote(folder: Path) -> dict[str, Entry]:
    """Return the files below a folder elsewhere by their relative paths; none where there is no such folder. A request a thousand files."""
    files, root = _store(folder)
    files.invalidate_cache()
    with contextlib.suppress(FileNotFoundError):
        found = files.find(root, detail=True)
        return {path.removeprefix(f"{root}/"): _entry(info) for path, info in found.items() if path != root}
    return {}


def _entry(info: dict[str, Any]) -> Entry:
    mark = next((str(info[name]) for name in _MARKS if info.get(name)), None)
    return Entry(int(info["size"]), mark, mark or repr(sorted((key, str(value)) for key, value in info.items())))


def open_binary(file: Path) -> BufferedReader:
    """Open a file for reading from its start to its end, in little memory; one elsewhere as a stream.

    Raises:
        OSError: it is not there, or must not be read.
        SaringError: later, while reading: the store cannot be reached any more. That says nothing of the file.
    """
    if is_local(file):
        return file.open("rb")
    files, path = _store(file)
    return io.BufferedReader(_Reader(str(file), files.open(path, "rb", block_size=_BLOCK, cache_type="readahead")), 1 << 20)


class _Reader(io.RawIOBase):
    """A file elsewhere, of which a lost connection is no damage."""

    def __init__(self, name: str, file: Any) -> None:  # noqa: ANN401 - fsspec has no types
        super().__init__()
        self._name, self._file = name, file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        try:
            return int(self._file.readinto(buffer))
        except (FileNotFoundError, PermissionError):
            raise
        except Exception as error:
            raise SaringError(f"{self._name}: expected to read on, found: {error}. Nothing was changed: run the command again.") from error

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def read_bytes(file: Path) -> bytes:
    """Return all bytes of a small file; of one elsewhere in one request, where `read_bytes` takes two."""
    if is_local(file):
        return file.read_bytes()
    files, path = _store(file)
    found: bytes = files.cat_file(path)
    return found


def create_remote(file: Path, content: bytes) -> bool:
    """Put a small file elsewhere where none is; tells whether that was done. Of several who try at once, one does it.

    Raises:
        SaringError: nothing can be written there. Whoever begins with this finds out before any work is done.
    """
    files, path = _store(file)
    try:
        files.pipe_file(path, content, mode="create")
    except FileExistsError:
        return bool(files.cat_file(path) == content)  # tried again by the client after an answer was lost: it was us
    except (FileNotFoundError, PermissionError) as error:
        hint = "Make the bucket first, or name another, and see that the credentials may write there."
        raise SaringError(f"{file}: expected a place to write to, found: {str(error).rstrip('.')}. {hint}") from error
    return True


def make_folder(folder: Path) -> None:
    """Make a folder; elsewhere there are none, only files."""
    if is_local(folder):
        folder.mkdir(parents=True, exist_ok=True)


def remove(path: Path) -> None:
    """Remove a file or a folder with all that is in it, if it is there."""
    if is_local(path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    else:
        files, root = _store(path)
        with contextlib.suppress(FileNotFoundError):
            files.rm(root, recursive=True)


def upload(source: Path, to: Path, last: str | None = None) -> None:
    """Put a file, or all files of a folder, elsewhere; the one named `last` when all others are there."""
    files, root = _store(to)
    if source.is_file():
        files.put_file(str(source), root)
        return
    paths = sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
    map_concurrently(lambda path: files.put_file(str(source / path), f"{root}/{path}"), [path for path in paths if path != last])
    if last in paths:
        files.put_file(str(source / last), f"{root}/{last}")


def map_concurrently(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Return what a function gives for each item, when most of its time is waiting for a store."""
    with ThreadPoolExecutor(_REQUESTS) as pool:
        return list(pool.map(function, items))


def failure_message(error: BaseException) -> str | None:
    """Return what to tell a person about a store that cannot be reached or refuses; None for an error of another kind."""
    if type(error).__module__.partition(".")[0] not in _CLIENTS:
        return None
    said = " ".join(str(error).split())[:500].rstrip(".")
    return f"{said or type(error).__name__}. Check the address, the credentials in the environment and the network; then run the command again."


def _store(path: Path) -> tuple[Any, str]:
    """Return the file system of a path elsewhere, and what it calls the path."""
    there: Any = path
    return there.fs, there.path.rstrip("/")
