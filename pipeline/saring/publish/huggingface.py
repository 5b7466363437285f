"""To a dataset on the Hugging Face hub: data first, then ONE commit on top of the one that was looked at, read back, then the tag.

What a crash leaves is either data that no commit names, or a commit without its tag; the next run goes on from both. The branch `main`
must hold a release as it was published: what a person changed there since is not overwritten.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.core.errors import ReleaseError
from saring.publish.release_files import Published, manifest_checksums, version_key
from saring.publish.retry import call_with_retries, quiet_logs
from saring.release import manifest
from saring.release.layout import CARD, MANIFEST
from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.publish.release_files import LocalRelease

__all__ = ["publish"]

_BRANCH = "main"
#: The hub's own, there from the beginning.
_THEIRS = ".gitattributes"


class _Refs(NamedTuple):
    """Commits by what they are called."""

    head: str | None
    tags: dict[str, str]


class _Hub:
    """One dataset on the hub, through the calls that publishing needs; each is tried again where that may help."""

    def __init__(self, repository: str) -> None:
        from huggingface_hub import HfApi  # noqa: PLC0415 - takes a second to import

        quiet_logs()
        self._api, self.repository = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), library_name="saring"), repository
        self.name = f"hf://datasets/{repository}"
        self._repo: dict[str, Any] = {"repo_id": repository, "repo_type": "dataset"}

    def refs(self) -> _Refs | None:
        """Return the branch and the tags; None where there is no such dataset."""
        from huggingface_hub.errors import RepositoryNotFoundError  # noqa: PLC0415 - see above

        def ask() -> Any:  # noqa: ANN401 - a class of the library
            try:
                return self._api.list_repo_refs(**self._repo)
            except RepositoryNotFoundError:
                return None

        if (found := call_with_retries(self.name, ask)) is None:
            return None
        head = next((ref.target_commit for ref in found.branches if ref.name == _BRANCH), None)
        return _Refs(head, {ref.name: ref.target_commit for ref in found.tags})

    def create(self) -> None:
        """Make the dataset; whether it is public is what the account or organisation has as its default."""
        call_with_retries(self.name, lambda: self._api.create_repo(**self._repo, exist_ok=True))

    def files(self, commit: str) -> dict[str, str]:
        """Return the SHA-256 of every file of a commit: of large ones the hub knows it, small ones are read."""

        def ask() -> list[Any]:
            return [entry for entry in self._api.list_repo_tree(**self._repo, recursive=True, revision=commit) if hasattr(entry, "size")]

        found = {}
        with tempfile.TemporaryDirectory(prefix="saring-") as folder:
            for entry in call_with_retries(self.name, ask):
                if entry.path != _THEIRS:
                    found[entry.path] = entry.lfs.sha256 if entry.lfs else digest(self.fetch(commit, entry.path, folder))
        return found

    def fetch(self, commit: str, path: str, folder: str) -> Path:
        """Download one file of a commit."""
        return Path(
            call_with_retries(
                self.name, lambda: self._api.hf_hub_download(self.repository, path, repo_type="dataset", revision=commit, local_dir=folder)
            )
        )

    def commit(self, local: LocalRelease, head: str | None, there: dict[str, str]) -> str:
        """Upload what differs and make it the next commit after `head`; returns that commit."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete  # noqa: PLC0415 - see above

        additions = [CommitOperationAdd(path, str(local.file(path))) for path in _new(local, there)]
        deletions = [CommitOperationDelete(path) for path in sorted(there.keys() - local.files.keys())]
        call_with_retries(
            self.name, lambda: self._api.preupload_lfs_files(self.repository, additions, repo_type="dataset", free_memory=False)
        )

        def settled(error: Exception) -> str | None:
            now = self.refs()
            if now is None or now.head is None or now.head == head:
                return None
            if self.files(now.head) == local.files:
                return now.head  # it was committed, only the answer was lost
            hint = "Look at its history there, then run the command again."
            raise ReleaseError(f"{self.name}: expected {_BRANCH} at {head}, found {now.head}: somebody else wrote there. {hint}") from error

        def send() -> str:
            done = self._api.create_commit(
                operations=[*additions, *deletions], commit_message=f"v{local.version}", parent_commit=head, revision=_BRANCH, **self._repo
            )
            return str(done.oid)

        return call_with_retries(self.name, send, settled)

    def tag(self, name: str, commit: str) -> None:
        """Name a commit."""

        def settled(_: Exception) -> bool | None:
            now = self.refs()
            return None if now is None or now.tags.get(name) != commit else True

        def send() -> bool:
            self._api.create_tag(**self._repo, tag=name, revision=commit)
            return True

        call_with_retries(self.name, send, settled)


def publish(
    local: LocalRelease, repository: str, *, chosen: bool, dry_run: bool, on_progress: Callable[[str, int, int], None]
) -> Published:
    """Publish a release; arguments and errors are those of `saring.publish.publish`."""
    hub = _Hub(repository)
    nothing = Published(f"hf://datasets/{repository}", local.version, changed=False, written=(), bytes=0)
    on_progress("looking at the hub", 0, 0)
    refs = hub.refs()
    if refs is None and dry_run:
        return _planned(nothing, local, {})
    if refs is None:
        hub.create()
        refs = hub.refs() or _Refs(None, {})
    tagged = refs.tags.get(f"v{local.version}")
    if tagged is not None:
        held = hub.files(tagged)
        local = _as_published(hub, local, tagged, held)
        _same(hub, local, held, f"the tag v{local.version}")
        if not chosen:
            return nothing._replace(revision=tagged)
    there = hub.files(refs.head) if refs.head else {}
    if tagged is None and refs.head is not None:
        local = _as_published(hub, local, refs.head, there)
    if there == local.files and tagged is not None:
        return nothing._replace(revision=refs.head)
    before = None if there == local.files else _check_branch(hub, local, refs, there, chosen=chosen)
    planned = _planned(nothing, local, there)
    if dry_run:
        return planned
    if before and refs.head and before not in refs.tags:
        hub.tag(before, refs.head)  # a run that ended between commit and tag left it so
    return planned._replace(revision=_write(hub, local, refs, there, on_progress))


def _as_published(hub: _Hub, local: LocalRelease, commit: str, held: dict[str, str]) -> LocalRelease:
    """Return a release with the card and the manifest that it was published with, where a commit holds it; else as it is to be published.

    The card may name the dataset as it was called then, or be of a time when cards did not name where they are.
    """
    if MANIFEST not in held or held[MANIFEST] == local.files[MANIFEST]:
        return local
    with tempfile.TemporaryDirectory(prefix="saring-") as folder:
        content = hub.fetch(commit, MANIFEST, folder).read_bytes()
        try:
            found = manifest.parse_manifest(content)
        except ValueError:
            return local
        if (
            found is None
            or not manifest.same_release(found, manifest.load_manifest(local.folder))
            or held.get(CARD) != manifest_checksums(found)[CARD]
        ):
            return local
        return local.with_files({CARD: hub.fetch(commit, CARD, folder).read_bytes(), MANIFEST: content})


def _write(hub: _Hub, local: LocalRelease, refs: _Refs, there: dict[str, str], on_progress: Callable[[str, int, int], None]) -> str:
    """Commit what differs, read it back, and tag it; returns the commit."""
    commit = refs.head
    if commit is None or there != local.files:
        on_progress("uploading", 0, 0)
        commit = hub.commit(local, refs.head, there)
        on_progress("reading back", 0, 0)
        _same(hub, local, hub.files(commit), f"the commit {commit}")
    if f"v{local.version}" not in refs.tags:
        hub.tag(f"v{local.version}", commit)
    return commit


def _new(local: LocalRelease, there: dict[str, str]) -> list[str]:
    return [path for path, expected in sorted(local.files.items()) if there.get(path) != expected]


def _planned(nothing: Published, local: LocalRelease, there: dict[str, str]) -> Published:
    paths = _new(local, there)
    return nothing._replace(changed=True, written=tuple(paths), bytes=local.size(paths))


def _same(hub: _Hub, local: LocalRelease, held: dict[str, str], what: str) -> None:
    if wrong := _differing(local.files, held):
        hint = "Do not move it: build a new version, or remove the tag there if nobody can have used it."
        raise ReleaseError(f"{hub.name}: expected {what} to hold v{local.version} as it is here, found other content in {wrong}. {hint}")


def _differing(expected: dict[str, str], found: dict[str, str]) -> str:
    wrong = sorted(path for path in expected.keys() | found.keys() if expected.get(path) != found.get(path))
    return ", ".join(wrong[:5]) + (f" and {len(wrong) - 5:,} more" if len(wrong) > 5 else "")  # noqa: PLR2004 - as many as are named


def _check_branch(hub: _Hub, local: LocalRelease, refs: _Refs, there: dict[str, str], *, chosen: bool) -> str | None:
    """See that the branch holds a release that may be followed by this one; returns its tag, None where nothing is there yet."""
    if not there or refs.head is None:
        return None
    place = f"{hub.name}: {_BRANCH}"
    if MANIFEST not in there:
        hint = "Publish to an empty dataset, or remove these files there first."
        raise ReleaseError(f"{place}: expected a release or nothing, found {_differing({}, there)} without a {MANIFEST}. {hint}")
    with tempfile.TemporaryDirectory(prefix="saring-") as folder:
        hub.fetch(refs.head, MANIFEST, folder)
        try:
            found = manifest.load_manifest(Path(folder))
        except ReleaseError as error:
            raise ReleaseError(
                f"{place}: expected the {MANIFEST} of a release, found one that was changed. Take that back there."
            ) from error
    if found["dataset"] != local.dataset:
        raise ReleaseError(f"{place}: expected the dataset {local.dataset!r}, found {found['dataset']!r}. Publish to another one.")
    before = str(found["version"])
    if wrong := _differing(manifest_checksums(found) | {MANIFEST: there[MANIFEST]}, there):
        hint = "Take these changes back there (what the card says comes from corpus.toml), then publish again."
        raise ReleaseError(f"{place}: expected v{before} as it was published, found other content in {wrong}. {hint}")
    if chosen:
        here = local.folder.parent / f"v{before}" / MANIFEST
        if not here.is_file() or not manifest.same_release(manifest.load_manifest(here.parent), found):
            hint = "Copy that release here first, so that what is rolled back is known."
            raise ReleaseError(f"{place}: expected a release that is here too, found v{before}, which is not. {hint}")
    elif version_key(before) >= version_key(local.version):
        hint = "Publish older versions before newer ones, or make this one the latest: `saring rollback`."
        raise ReleaseError(f"{place}: expected a version before v{local.version}, found v{before}. {hint}")
    return f"v{before}"
