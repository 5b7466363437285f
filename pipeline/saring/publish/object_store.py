"""To S3 or a folder: `<to>/v1.2.0/...` with the manifest last, then `<to>/latest`.

A version is there when its manifest is. Whoever publishes first puts `<to>/.publishing`, which the store lets only one do (a conditional
put); it holds the seal of the release. Publishing the same release again passes it, because that writes the same bytes to the same places:
so a lock that a crash left needs no timeout, only the next run.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from saring.core.errors import LockedError, ReleaseError, SaringError
from saring.publish.release_files import Published, manifest_checksums, version_key
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
    """A place for releases: a prefix of a bucket, or a folder."""

    def __init__(self, protocol: str, address: str) -> None:
        self.name, self._root, self._local = address, address, protocol == "file"
        try:
            import fsspec  # noqa: PLC0415 - only who publishes needs it

            # Listings are asked for anew each time: others write here too.
            options: dict[str, Any] = {"auto_mkdir": True} if protocol == "file" else {"use_listings_cache": False}
            self._files: Any = fsspec.filesystem(protocol, skip_instance_cache=True, **options)
        except ImportError as error:
            raise SaringError(f"{address}: expected s3fs to reach it, found {error}. Run: pip install 'saring[s3]'") from error

    def read(self, path: str) -> bytes | None:
        """Return a small file; None where there is none."""

        def ask() -> bytes | None:
            try:
                content: bytes = self._files.cat_file(self._at(path))
            except FileNotFoundError:
                return None
            return content

        return call_with_retries(self.name, ask)

    def write(self, path: str, content: bytes) -> None:
        """Put a small file whole, over any that is there."""

        def send() -> None:
            if self._local:  # a store puts an object whole or not at all, a disk does not
                with _beside(Path(self._at(path)), content) as temporary:
                    temporary.replace(self._at(path))
            else:
                self._files.pipe_file(self._at(path), content)

        call_with_retries(self.name, send)

    def create(self, path: str, content: bytes) -> bool:
        """Put a small file where none is; tells whether that was done."""

        def send() -> bool:
            try:
                if self._local:
                    # Written first, linked then: a process that is killed in between must not leave an empty file.
                    with _beside(Path(self._at(path)), content) as temporary:
                        os.link(temporary, self._at(path))
                else:
                    self._files.pipe_file(self._at(path), content, mode="create")
            except FileExistsError:
                return False
            return True

        return call_with_retries(self.name, send)

    def remove(self, path: str) -> None:
        """Remove a file."""

        def send() -> None:
            with contextlib.suppress(FileNotFoundError):
                self._files.rm_file(self._at(path))

        call_with_retries(self.name, send)

    def upload(self, source: str, path: str) -> None:
        """Put a file of any size."""
        call_with_retries(self.name, lambda: self._files.put_file(source, self._at(path)))

    def digest(self, path: str) -> str | None:
        """Return the SHA-256 of a file, read in pieces; None where there is none."""

        def ask() -> str | None:
            found = hashlib.sha256()
            try:
                with self._files.open(self._at(path), "rb", block_size=_CHUNK, cache_type="readahead") as opened:
                    while piece := opened.read(_CHUNK):
                        found.update(piece)
            except FileNotFoundError:
                return None
            return found.hexdigest()

        return call_with_retries(self.name, ask)

    def under(self, folder: str) -> set[str]:
        """Return the paths of all files below a folder, relative to it."""

        def ask() -> set[str]:
            root = self._files._strip_protocol(self._at(folder))  # noqa: SLF001 - fsspec's own listings are relative to nothing else
            self._files.invalidate_cache()
            return {path.removeprefix(f"{root}/") for path in self._files.find(root)}

        return call_with_retries(self.name, ask)

    def _at(self, path: str) -> str:
        return f"{self._root}/{path}"


def publish(
    local: LocalRelease, protocol: str, address: str, *, chosen: bool, dry_run: bool, on_progress: Callable[[str, int, int], None]
) -> Published:
    """Publish a release; arguments and errors are those of `saring.publish.publish`."""
    place = _Store(protocol, address)
    folder = f"v{local.version}"
    nothing = Published(address, local.version, changed=False, written=(), bytes=0)
    on_progress("looking", 0, 0)
    there = _manifest(place, local)
    latest = _latest(place)
    forward = latest is None or version_key(latest) < version_key(local.version) or (chosen and latest != local.version)
    paths = [] if there else [*sorted(local.files.keys() - {MANIFEST}), MANIFEST]
    if there and (missing := manifest_checksums(there).keys() - place.under(folder)):
        raise ReleaseError(
            f"{place.name}/{folder}: expected all files of its {MANIFEST}, found none of {', '.join(sorted(missing)[:5])}. Restore them."
        )
    if dry_run:
        return _done(nothing, local, paths, forward=forward)
    if there and not forward:
        if place.read(_LOCK) == _mine(local):
            place.remove(_LOCK)  # of a run that was ended when all was done
        return nothing
    with _lock(place, local):
        if paths:
            _upload(place, local, folder, paths[:-1], on_progress)
            place.write(f"{folder}/{MANIFEST}", local.file(MANIFEST).read_bytes())
            if place.digest(f"{folder}/{MANIFEST}") != local.files[MANIFEST]:
                raise ReleaseError(
                    f"{place.name}/{folder}: expected the {MANIFEST} that was written, found another. Run the command again."
                )
        if forward:
            place.write(_LATEST, f"v{local.version}\n".encode())
    return _done(nothing, local, paths, forward=forward)


def _done(nothing: Published, local: LocalRelease, paths: list[str], *, forward: bool) -> Published:
    return nothing._replace(changed=bool(paths) or forward, written=tuple(paths), bytes=local.size(paths))


def _manifest(place: _Store, local: LocalRelease) -> dict[str, Any] | None:
    """Return the manifest that is there, which is that of this release; None where none is."""
    content = place.read(f"v{local.version}/{MANIFEST}")
    if content is None:
        return None
    found = manifest.parse_manifest(content)
    if found is None or not manifest.same_release(found, manifest.load_manifest(local.folder)):
        where = f"{place.name}/v{local.version}"
        raise ReleaseError(
            f"{where}: expected this release or nothing, found another of the same version. Build a new version, or publish elsewhere."
        )
    return found


def _latest(place: _Store) -> str | None:
    content = place.read(_LATEST)
    return content.decode("utf-8", "replace").strip().removeprefix("v") if content else None


def _upload(place: _Store, local: LocalRelease, folder: str, paths: list[str], on_progress: Callable[[str, int, int], None]) -> None:
    """Put the files that are not there yet as they should be, and read each back."""
    found = place.under(folder)
    for done, path in enumerate(paths):
        on_progress("uploading", done, len(paths))
        if path in found and place.digest(f"{folder}/{path}") == local.files[path]:
            continue  # from a run that ended before its manifest
        place.upload(str(local.file(path)), f"{folder}/{path}")
        if place.digest(f"{folder}/{path}") != local.files[path]:
            raise ReleaseError(f"{place.name}/{folder}/{path}: expected the bytes that were written, found others. Run the command again.")
    for path in sorted(found - local.files.keys()):
        place.remove(f"{folder}/{path}")  # of another release that never got its manifest


@contextlib.contextmanager
def _beside(file: Path, content: bytes) -> Iterator[Path]:
    """Give a file with this content, for a while; a name made of the content is taken over from a run that was killed."""
    temporary = file.with_name(f".{file.name}.{hashlib.sha256(content).hexdigest()[:12]}")
    temporary.parent.mkdir(parents=True, exist_ok=True)
    temporary.write_bytes(content)
    try:
        yield temporary
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _lock(place: _Store, local: LocalRelease) -> Iterator[None]:
    """Keep other releases of this place out while this one is written."""
    mine = _mine(local)
    if not place.create(_LOCK, mine):
        theirs = place.read(_LOCK)
        if theirs is not None and theirs != mine:
            who = _named(theirs)
            hint = f"Wait for it, or publish that one again if it was ended; or remove {_LOCK} there."
            raise LockedError(f"{place.name}/{_LOCK}: {who} is being published. {hint}")
    yield
    # Not removed after an error: what is there is half, and the next run of this release goes on.
    place.remove(_LOCK)


def _mine(local: LocalRelease) -> bytes:
    return manifest.manifest_text({"version": local.version, "seal": local.seal}).encode()


def _named(lock: bytes) -> str:
    try:
        return f"v{json.loads(lock)['version']}"
    except (ValueError, KeyError, TypeError):
        return "another release"
