"""Publish a release to S3 or a folder: `<to>/v1.2.0/...` with the manifest last, then `<to>/latest`.

A version is published once its manifest exists. The lock is the object `<to>/.publishing`, created by a conditional put, which only one
process can win; it contains the seal of the release. The same release may pass its own lock, because it writes the same bytes to the same
places: so a lock left by a crash needs no timeout, only another run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saring.core.errors import LockedError, ReleaseError, SaringError
from saring.publish.release_files import PublishResult, manifest_checksums, version_key
from saring.publish.retry import call_with_retries
from saring.release import manifest
from saring.release.layout import MANIFEST

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from saring.publish.release_files import LocalRelease

__all__ = ["publish"]

_LATEST, _LOCK = "latest", ".publishing"
_CHUNK = 8_000_000


class _Store:
    """Client for a prefix of a bucket or a local folder, with the file operations that publishing needs; transient errors are retried."""

    def __init__(self, protocol: str, address: str) -> None:
        self.name, self._root, self._local = address, address, protocol == "file"
        try:
            import fsspec  # noqa: PLC0415 - only who publishes needs it

            # No cache of listings: other processes write here too.
            options: dict[str, Any] = {"auto_mkdir": True} if protocol == "file" else {"use_listings_cache": False}
            self._files: Any = fsspec.filesystem(protocol, skip_instance_cache=True, **options)
        except ImportError as error:
            raise SaringError(f"{address}: expected the package s3fs to reach it, found: {error}. Run: pip install 'saring[s3]'") from error

    def read(self, path: str) -> bytes | None:
        """Return the content of a small file; None if it does not exist."""

        def fetch() -> bytes | None:
            try:
                content: bytes = self._files.cat_file(self._full_path(path))
            except FileNotFoundError:
                return None
            return content

        return call_with_retries(self.name, fetch)

    def write(self, path: str, content: bytes) -> None:
        """Write a small file atomically, replacing an existing one."""

        def send() -> None:
            if self._local:  # object stores write atomically, a disk does not
                with _temporary_file(Path(self._full_path(path)), content) as temporary:
                    temporary.replace(self._full_path(path))
            else:
                self._files.pipe_file(self._full_path(path), content)

        call_with_retries(self.name, send)

    def create(self, path: str, content: bytes) -> bool:
        """Create a small file by a conditional put; return False if it exists already."""

        def send() -> bool:
            try:
                if self._local:
                    # Written first, then linked: a process that is killed in between must not leave an empty file.
                    with _temporary_file(Path(self._full_path(path)), content) as temporary:
                        os.link(temporary, self._full_path(path))
                else:
                    self._files.pipe_file(self._full_path(path), content, mode="create")
            except FileExistsError:
                return False
            return True

        return call_with_retries(self.name, send)

    def remove(self, path: str) -> None:
        """Delete a file of the store, if it exists."""

        def send() -> None:
            with contextlib.suppress(FileNotFoundError):
                self._files.rm_file(self._full_path(path))

        call_with_retries(self.name, send)

    def upload(self, source: str, path: str) -> None:
        """Upload a file of any size from disk."""
        call_with_retries(self.name, lambda: self._files.put_file(source, self._full_path(path)))

    def digest(self, path: str) -> str | None:
        """Return the SHA-256 of a file of the store, read in chunks; None if it does not exist."""

        def compute() -> str | None:
            hasher = hashlib.sha256()
            try:
                with self._files.open(self._full_path(path), "rb", block_size=_CHUNK, cache_type="readahead") as opened:
                    while piece := opened.read(_CHUNK):
                        hasher.update(piece)
            except FileNotFoundError:
                return None
            return hasher.hexdigest()

        return call_with_retries(self.name, compute)

    def list_files(self, folder: str) -> set[str]:
        """Return the paths of all files below a folder of the store, relative to the folder."""

        def fetch() -> set[str]:
            root = self._files._strip_protocol(self._full_path(folder))  # noqa: SLF001 - fsspec's listings are relative to this form of the path
            self._files.invalidate_cache()
            return {path.removeprefix(f"{root}/") for path in self._files.find(root)}

        return call_with_retries(self.name, fetch)

    def _full_path(self, path: str) -> str:
        return f"{self._root}/{path}"


def publish(
    local: LocalRelease, protocol: str, address: str, *, chosen: bool, dry_run: bool, on_progress: Callable[[str, int, int], None]
) -> PublishResult:
    """Upload a release to S3 or a folder, the manifest last, and point the file `latest` to it.

    Args:
        local: the release, with the card as it is to be published.
        protocol: `s3` for a bucket, `file` for a folder.
        address: the bucket and prefix, or the path of the folder.
        chosen: whether this version was made the latest by `saring rollback`, so that a newer published version may be replaced as the latest.
        dry_run: change nothing; return what would be done.
        on_progress: called with an activity, the files done and the files in all.

    Raises:
        LockedError, ReleaseError, SaringError: as for `saring.publish.publish`.
    """
    store = _Store(protocol, address)
    folder = f"v{local.version}"
    unchanged = PublishResult(address, local.version, changed=False, written=(), bytes=0)
    on_progress("looking for published versions", 0, 0)
    published = _published_manifest(store, local)
    latest = _published_latest(store)
    moves_latest = latest is None or version_key(latest) < version_key(local.version) or (chosen and latest != local.version)
    paths = [] if published else [*sorted(local.files.keys() - {MANIFEST}), MANIFEST]
    if published and (missing := manifest_checksums(published).keys() - store.list_files(folder)):
        raise ReleaseError(
            f"{store.name}/{folder}: expected all files of its {MANIFEST}, found none of {', '.join(sorted(missing)[:5])}. Restore them."
        )
    if dry_run:
        return _result(unchanged, local, paths, moves_latest=moves_latest)
    if published and not moves_latest:
        if store.read(_LOCK) == _lock_content(local):
            store.remove(_LOCK)  # left by a run that was ended after its last write
        return unchanged
    with _lock(store, local):
        if paths:
            _upload(store, local, folder, paths[:-1], on_progress)
            store.write(f"{folder}/{MANIFEST}", local.file(MANIFEST).read_bytes())
            if store.digest(f"{folder}/{MANIFEST}") != local.files[MANIFEST]:
                raise ReleaseError(
                    f"{store.name}/{folder}: expected the {MANIFEST} that was written, found another. Run the command again."
                )
        if moves_latest:
            store.write(_LATEST, f"v{local.version}\n".encode())
    return _result(unchanged, local, paths, moves_latest=moves_latest)


def _result(unchanged: PublishResult, local: LocalRelease, paths: list[str], *, moves_latest: bool) -> PublishResult:
    return unchanged._replace(changed=bool(paths) or moves_latest, written=tuple(paths), bytes=local.size(paths))


def _published_manifest(store: _Store, local: LocalRelease) -> dict[str, Any] | None:
    """Return the manifest of this version in the store; None if the version is not published.

    Raises:
        ReleaseError: the manifest is that of another release.
    """
    content = store.read(f"v{local.version}/{MANIFEST}")
    if content is None:
        return None
    published = manifest.parse_manifest(content)
    if published is None or not manifest.same_release(published, manifest.load_manifest(local.folder)):
        where = f"{store.name}/v{local.version}"
        raise ReleaseError(
            f"{where}: expected this release or nothing, found another of the same version. Build a new version, or publish elsewhere."
        )
    return published


def _published_latest(store: _Store) -> str | None:
    """Return the version that the file `latest` of the store names; None if there is none."""
    content = store.read(_LATEST)
    return content.decode("utf-8", "replace").strip().removeprefix("v") if content else None


def _upload(store: _Store, local: LocalRelease, folder: str, paths: list[str], on_progress: Callable[[str, int, int], None]) -> None:
    """Upload the files of a release that the store lacks or has with other content, and read each back to compare it.

    Raises:
        ReleaseError: a file read back differs from the one uploaded.
    """
    existing = store.list_files(folder)
    for done, path in enumerate(paths):
        on_progress("uploading", done, len(paths))
        if path in existing and store.digest(f"{folder}/{path}") == local.files[path]:
            continue  # uploaded by a run that ended before its manifest
        store.upload(str(local.file(path)), f"{folder}/{path}")
        if store.digest(f"{folder}/{path}") != local.files[path]:
            raise ReleaseError(f"{store.name}/{folder}/{path}: expected the bytes that were written, found others. Run the command again.")
    for path in sorted(existing - local.files.keys()):
        store.remove(f"{folder}/{path}")  # a file of another release whose manifest was never written


@contextlib.contextmanager
def _temporary_file(file: Path, content: bytes) -> Iterator[Path]:
    """Yield a temporary file beside `file` with some content, and delete it afterwards.

    Its name contains a hash of the content, so that a run takes over the file that a killed run left.
    """
    temporary = file.with_name(f".{file.name}.{hashlib.sha256(content).hexdigest()[:12]}")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    temporary.write_bytes(content)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _lock(store: _Store, local: LocalRelease) -> Iterator[None]:
    """Hold the lock of a store while a release is written to it.

    Raises:
        LockedError: another release is being published there.
    """
    own_lock = _lock_content(local)
    if not store.create(_LOCK, own_lock):
        current_lock = store.read(_LOCK)
        if current_lock is not None and current_lock != own_lock:
            holder = _lock_holder(current_lock)
            hint = f"Wait for it, or publish that one again if it was interrupted; or remove {_LOCK} there."
            raise LockedError(f"{store.name}/{_LOCK}: {holder} is being published. {hint}")
    yield
    # Not removed after an error: the release there is incomplete, and the next run of this release continues it.
    store.remove(_LOCK)


def _lock_content(local: LocalRelease) -> bytes:
    """Return the content of the lock for a release: its version and the hash of its manifest (seal) as JSON."""
    return manifest.manifest_text({"version": local.version, "seal": local.seal}).encode()


def _lock_holder(lock: bytes) -> str:
    """Return the version of the release that holds a lock, for a message."""
    try:
        return f"v{json.loads(lock)['version']}"
    except (ValueError, KeyError, TypeError):
        return "another release"
