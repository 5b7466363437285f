"""Local and remote paths: raw/, the workspace and the releases may be local folders or URLs of any file system that fsspec supports.

`path_of` is the only place where a string becomes a path. A local path is a `pathlib.Path`; a remote one is a `UPath`, which has the same methods
(`/`, `name`, `exists`, `iterdir`, `open`, `read_bytes`, `unlink`). This module and `pipeline/saring/storage/local_copies.py` provide the operations
that object stores lack, or need many requests for:

    renaming a folder       upload its files, and last the file that marks the folder as complete (`upload`)
    locking                 create an object that must not exist yet (`create_remote`; pipeline/saring/release/lease.py)
    atomic writes           an object is created completely or not at all, so no temporary name is needed

Remote file systems that are no object stores (SFTP, WebDAV) do not give these guarantees: mount them and use the mounted folder.
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
    "RemoteFile",
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

#: Concurrent requests to a remote store, which answers even a small request only after some tens of milliseconds. A judgement.
_REQUESTS = 16
#: Bytes that a stream requests at a time. A judgement.
_BLOCK = 8_000_000
#: Protocols whose fsspec implementation caches listings. Workers on other machines write to the same store, so the cache must be off.
_LISTING_CACHE = ("abfs", "abfss", "adl", "az", "gcs", "gs", "s3", "s3a")
#: Metadata of an object that stores derive from its content, in fsspec's names.
_CONTENT_MARKS = ("ETag", "etag", "md5Hash", "content_md5")
#: Client libraries of stores, whose exceptions mean that the store cannot be reached or denies access. They do not derive from OSError.
_CLIENTS = ("aiobotocore", "aiohttp", "azure", "botocore", "gcsfs", "google")


class RemoteFile(NamedTuple):
    """Metadata of a remote file, from the listing of its folder.

    Attributes:
        size: in bytes.
        mark: the store's hash of the content (an ETag or MD5), which changes with the content; None if the store gives none.
        version: `mark` or, without one, all metadata of the file, which change whenever the file is written.
    """

    size: int
    mark: str | None
    version: str


def path_of(named: str | Path) -> Path:
    """Turn a folder or URL written by a user, such as `s3://bucket/raw`, into a local or remote path.

    Args:
        named: the folder or URL; a path is returned unchanged.

    Raises:
        ConfigError: the protocol of the URL is unknown, or the URL contains a password.
        SaringError: the package that fsspec needs for the protocol is not installed.
    """
    if not isinstance(named, str):
        return named
    protocol, separator, rest = named.partition("://")
    if not separator or protocol in ("file", "local"):
        return Path(rest if separator else named)
    without_secret = f"{protocol}://…"
    if ":" in rest.partition("/")[0].rpartition("@")[0]:
        hint = "Put credentials into environment variables or the configuration file of the store's own tools."
        raise ConfigError(file=without_secret, path="", expected="a URL without a password", found="one with a password", hint=hint)
    import fsspec  # noqa: PLC0415 - needed for remote paths only
    from upath import UPath  # noqa: PLC0415

    try:
        fsspec.get_filesystem_class(protocol)
    except ImportError as error:
        package = "'saring[s3]'" if protocol in ("s3", "s3a") else "the package that it names"
        problem = f"expected the package for {protocol}:// to be installed, found none: {error}"
        raise SaringError(f"{named}: {problem}. Run: pip install {package}") from error
    except ValueError as error:
        hint = "Write a folder, or a URL such as s3://bucket/raw."
        raise ConfigError(
            file=named, path="", expected="a URL with a protocol that fsspec supports", found=repr(protocol), hint=hint
        ) from error
    options: dict[str, Any] = {"use_listings_cache": False} if protocol in _LISTING_CACHE else {}
    return cast("Path", UPath(named.rstrip("/"), **options))


def is_local(path: Path) -> bool:
    """Return whether a path is on the local file system, including mounted ones."""
    return isinstance(path, Path)


def list_remote(folder: Path) -> dict[str, RemoteFile]:
    """List all files below a remote folder, by their paths relative to it; empty if the folder does not exist.

    A store needs one request per thousand files.
    """
    file_system, root = _file_system(folder)
    file_system.invalidate_cache()
    with contextlib.suppress(FileNotFoundError):
        listing = file_system.find(root, detail=True)
        return {path.removeprefix(f"{root}/"): _remote_file(info) for path, info in listing.items() if path != root}
    return {}


def _remote_file(info: dict[str, Any]) -> RemoteFile:
    """Build the metadata of a remote file from fsspec's info dictionary."""
    mark = next((str(info[name]) for name in _CONTENT_MARKS if info.get(name)), None)
    return RemoteFile(int(info["size"]), mark, mark or repr(sorted((key, str(value)) for key, value in info.items())))


def open_binary(file: Path) -> BufferedReader:
    """Open a local or remote file as a binary stream, for sequential reading with little memory.

    Raises:
        OSError: the file does not exist or may not be read.
        SaringError: later, from the stream: the connection to the store was lost, which does not mean that the file is damaged.
    """
    if is_local(file):
        return file.open("rb")
    file_system, path = _file_system(file)
    return io.BufferedReader(_RemoteStream(str(file), file_system.open(path, "rb", block_size=_BLOCK, cache_type="readahead")), 1 << 20)


class _RemoteStream(io.RawIOBase):
    """A raw stream over a remote file that reports a lost connection as a `SaringError`, so that the file is not taken for truncated.

    Args:
        name: the file's URL, for the error.
        file: the file opened by fsspec.
    """

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
            problem = f"expected to read to its end, found: {error}"
            raise SaringError(f"{self._name}: {problem}. Nothing was changed: run the command again.") from error

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()


def read_bytes(file: Path) -> bytes:
    """Read a small file, local or remote, into memory; a remote one with one request, where `UPath.read_bytes` needs two."""
    if is_local(file):
        return file.read_bytes()
    file_system, path = _file_system(file)
    content: bytes = file_system.cat_file(path)
    return content


def create_remote(file: Path, content: bytes) -> bool:
    """Create a small remote file if it does not exist, and return whether it was created; of concurrent callers, only one succeeds.

    Args:
        file: a path on an object store.
        content: what to write; a file that already has this content counts as created.

    Raises:
        SaringError: the store does not allow writing there. Commands create a file before they begin, so that no work is lost.
    """
    file_system, path = _file_system(file)
    try:
        file_system.pipe_file(path, content, mode="create")
    except FileExistsError:
        return bool(file_system.cat_file(path) == content)  # the client repeats a request whose answer was lost: we created it
    except (FileNotFoundError, PermissionError) as error:
        hint = "Create the bucket or name another one, and check that the credentials allow writing."
        raise SaringError(f"{file}: expected a writable location, found: {str(error).rstrip('.')}. {hint}") from error
    return True


def make_folder(folder: Path) -> None:
    """Create a local folder and its parents; does nothing for a remote path, since object stores have no folders."""
    if is_local(folder):
        folder.mkdir(parents=True, exist_ok=True)


def remove(path: Path) -> None:
    """Delete a file or a folder with its content, local or remote, if it exists."""
    if is_local(path):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    else:
        file_system, root = _file_system(path)
        with contextlib.suppress(FileNotFoundError):
            file_system.rm(root, recursive=True)


def upload(source: Path, to: Path, last: str | None = None) -> None:
    """Upload a local file, or all files of a local folder, to a remote path.

    Args:
        source: the local file or folder.
        to: the remote path that it becomes.
        last: the name of a file of the folder to upload after all others, which marks the folder as complete.
    """
    file_system, root = _file_system(to)
    if source.is_file():
        file_system.put_file(str(source), root)
        return
    paths = sorted(path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file())
    map_concurrently(lambda path: file_system.put_file(str(source / path), f"{root}/{path}"), [path for path in paths if path != last])
    if last in paths:
        file_system.put_file(str(source / last), f"{root}/{last}")


def map_concurrently(function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
    """Call a function for each item in concurrent threads, for functions that mostly wait for a remote store; return results in order."""
    with ThreadPoolExecutor(_REQUESTS) as pool:
        return list(pool.map(function, items))


def failure_message(error: BaseException) -> str | None:
    """Return the message for an exception of a store's client library (store unreachable, access denied); None for other exceptions."""
    if type(error).__module__.partition(".")[0] not in _CLIENTS:
        return None
    reason = " ".join(str(error).split())[:500].rstrip(".") or type(error).__name__
    return f"{reason}. Check the address, the credentials in the environment and the network, then run the command again."


def _file_system(path: Path) -> tuple[Any, str]:
    """Return the fsspec file system of a remote path, and the path as a string without the protocol, as that file system expects it."""
    remote: Any = path
    return remote.fs, remote.path.rstrip("/")
