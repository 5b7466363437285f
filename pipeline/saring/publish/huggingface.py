"""Publish a release to a dataset on the Hugging Face hub: upload the data, make one commit, read it back, and tag it.

The commit names its expected parent, so concurrent changes are detected. A crash leaves either uploaded data that no commit refers to, or
a commit without its tag; the next run continues from both. The branch `main` must contain a release as it was published: changes made
there by hand are not overwritten.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from saring.core.errors import ReleaseError
from saring.publish.release_files import PublishResult, manifest_checksums, version_key
from saring.publish.retry import call_with_retries, quiet_logs
from saring.release import manifest
from saring.release.layout import CARD, MANIFEST
from saring.storage.files import digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from saring.publish.release_files import LocalRelease

__all__ = ["publish"]

_BRANCH = "main"
#: A file that the hub itself adds to every new dataset; not part of a release.
_HUB_FILE = ".gitattributes"


class _Refs(NamedTuple):
    """Commit hashes of the branch `main` and of the tags of a dataset."""

    head: str | None
    tags: dict[str, str]


class _Hub:
    """Client for one dataset on the Hugging Face hub, with the calls that publishing needs; transient errors are retried."""

    def __init__(self, repository: str) -> None:
        from huggingface_hub import HfApi  # noqa: PLC0415 - takes a second to import

        quiet_logs()
        self._api, self.repository = HfApi(endpoint=os.environ.get("HF_ENDPOINT"), library_name="saring"), repository
        self.name = f"hf://datasets/{repository}"
        self._repo: dict[str, Any] = {"repo_id": repository, "repo_type": "dataset"}

    def refs(self) -> _Refs | None:
        """Return the commits of the branch `main` and of the tags; None if the dataset does not exist."""
        from huggingface_hub.errors import RepositoryNotFoundError  # noqa: PLC0415 - see above

        def list_refs() -> Any:  # noqa: ANN401 - a class of the library
            try:
                return self._api.list_repo_refs(**self._repo)
            except RepositoryNotFoundError:
                return None

        if (listed := call_with_retries(self.name, list_refs)) is None:
            return None
        head = next((ref.target_commit for ref in listed.branches if ref.name == _BRANCH), None)
        return _Refs(head, {ref.name: ref.target_commit for ref in listed.tags})

    def create(self) -> None:
        """Create the dataset on the hub; its visibility is the default of the account or organisation."""
        call_with_retries(self.name, lambda: self._api.create_repo(**self._repo, exist_ok=True))

    def files(self, commit: str) -> dict[str, str]:
        """Return the SHA-256 of every file of a commit; the hub knows those of large files, small ones are downloaded."""

        def list_files() -> list[Any]:
            return [entry for entry in self._api.list_repo_tree(**self._repo, recursive=True, revision=commit) if hasattr(entry, "size")]

        checksums = {}
        with tempfile.TemporaryDirectory(prefix="saring-") as folder:
            for entry in call_with_retries(self.name, list_files):
                if entry.path != _HUB_FILE:
                    checksums[entry.path] = entry.lfs.sha256 if entry.lfs else digest(self.fetch(commit, entry.path, folder))
        return checksums

    def fetch(self, commit: str, path: str, folder: str) -> Path:
        """Download a file of a commit into a folder, and return its path."""
        return Path(
            call_with_retries(
                self.name, lambda: self._api.hf_hub_download(self.repository, path, repo_type="dataset", revision=commit, local_dir=folder)
            )
        )

    def commit(self, local: LocalRelease, head: str | None, branch_files: dict[str, str]) -> str:
        """Upload the files that differ from the branch, and commit the release on top of `head`; return the new commit.

        Raises:
            ReleaseError: somebody else has committed to the branch meanwhile.
        """
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete  # noqa: PLC0415 - see above

        additions = [CommitOperationAdd(path, str(local.file(path))) for path in _changed_paths(local, branch_files)]
        deletions = [CommitOperationDelete(path) for path in sorted(branch_files.keys() - local.files.keys())]
        call_with_retries(
            self.name, lambda: self._api.preupload_lfs_files(self.repository, additions, repo_type="dataset", free_memory=False)
        )

        def lost_answer(error: Exception) -> str | None:
            now = self.refs()
            if now is None or now.head is None or now.head == head:
                return None
            if self.files(now.head) == local.files:
                return now.head  # the commit succeeded, only the answer was lost
            hint = "Look at its history there, then run the command again."
            raise ReleaseError(f"{self.name}: expected {_BRANCH} at {head}, found {now.head}: somebody else wrote there. {hint}") from error

        def send() -> str:
            info = self._api.create_commit(
                operations=[*additions, *deletions], commit_message=f"v{local.version}", parent_commit=head, revision=_BRANCH, **self._repo
            )
            return str(info.oid)

        return call_with_retries(self.name, send, lost_answer)

    def tag(self, name: str, commit: str) -> None:
        """Tag a commit of the dataset."""

        def lost_answer(_: Exception) -> bool | None:
            now = self.refs()
            return None if now is None or now.tags.get(name) != commit else True

        def send() -> bool:
            self._api.create_tag(**self._repo, tag=name, revision=commit)
            return True

        call_with_retries(self.name, send, lost_answer)


def publish(
    local: LocalRelease, repository: str, *, chosen: bool, dry_run: bool, on_progress: Callable[[str, int, int], None]
) -> PublishResult:
    """Publish a release to a dataset on the Hugging Face hub: upload, commit to `main`, read back, tag.

    Args:
        local: the release, with the card as it is to be published.
        repository: the dataset, `ORG/NAME`.
        chosen: whether this version was made the latest by `saring rollback`, so that a newer published version may be replaced as the latest.
        dry_run: change nothing; return what would be done.
        on_progress: called with an activity, the files done and the files in all.

    Raises:
        LockedError, ReleaseError, SaringError: as for `saring.publish.publish`.
    """
    hub = _Hub(repository)
    unchanged = PublishResult(f"hf://datasets/{repository}", local.version, changed=False, written=(), bytes=0)
    on_progress("querying the hub", 0, 0)
    refs = hub.refs()
    if refs is None and dry_run:
        return _planned(unchanged, local, {})
    if refs is None:
        hub.create()
        refs = hub.refs() or _Refs(None, {})
    tagged = refs.tags.get(f"v{local.version}")
    if tagged is not None:
        tagged_files = hub.files(tagged)
        local = _as_published(hub, local, tagged, tagged_files)
        _require_same_files(hub, local, tagged_files, f"the tag v{local.version}")
        if not chosen:
            return unchanged._replace(revision=tagged)
    branch_files = hub.files(refs.head) if refs.head else {}
    if tagged is None and refs.head is not None:
        local = _as_published(hub, local, refs.head, branch_files)
    if branch_files == local.files and tagged is not None:
        return unchanged._replace(revision=refs.head)
    before = None if branch_files == local.files else _check_branch(hub, local, refs, branch_files, chosen=chosen)
    planned = _planned(unchanged, local, branch_files)
    if dry_run:
        return planned
    if before and refs.head and before not in refs.tags:
        hub.tag(before, refs.head)  # a run was interrupted between commit and tag
    return planned._replace(revision=_write(hub, local, refs, branch_files, on_progress))


def _as_published(hub: _Hub, local: LocalRelease, commit: str, commit_files: dict[str, str]) -> LocalRelease:
    """Return a release with the card and manifest that it has in a commit, if the commit contains this release; else unchanged.

    The published card may name an older name of the dataset, or date from before cards named their address.
    """
    if MANIFEST not in commit_files or commit_files[MANIFEST] == local.files[MANIFEST]:
        return local
    with tempfile.TemporaryDirectory(prefix="saring-") as folder:
        content = hub.fetch(commit, MANIFEST, folder).read_bytes()
        try:
            published = manifest.parse_manifest(content)
        except ValueError:
            return local
        if (
            published is None
            or not manifest.same_release(published, manifest.load_manifest(local.folder))
            or commit_files.get(CARD) != manifest_checksums(published)[CARD]
        ):
            return local
        return local.with_files({CARD: hub.fetch(commit, CARD, folder).read_bytes(), MANIFEST: content})


def _write(hub: _Hub, local: LocalRelease, refs: _Refs, branch_files: dict[str, str], on_progress: Callable[[str, int, int], None]) -> str:
    """Commit a release to the branch, read its files back, compare them, and tag the commit; return the commit."""
    commit = refs.head
    if commit is None or branch_files != local.files:
        on_progress("uploading", 0, 0)
        commit = hub.commit(local, refs.head, branch_files)
        on_progress("reading back", 0, 0)
        _require_same_files(hub, local, hub.files(commit), f"the commit {commit}")
    if f"v{local.version}" not in refs.tags:
        hub.tag(f"v{local.version}", commit)
    return commit


def _changed_paths(local: LocalRelease, branch_files: dict[str, str]) -> list[str]:
    """Return the paths of the files of a release that the branch lacks or has with other content."""
    return [path for path, expected in sorted(local.files.items()) if branch_files.get(path) != expected]


def _planned(unchanged: PublishResult, local: LocalRelease, branch_files: dict[str, str]) -> PublishResult:
    """Return the result of a dry run: a copy of `unchanged`, the result of doing nothing, that lists the files to upload.

    Those are the files that are missing on the branch, or differ there; `branch_files` has the SHA-256 of each of its files by path.
    """
    paths = _changed_paths(local, branch_files)
    return unchanged._replace(changed=True, written=tuple(paths), bytes=local.size(paths))


def _require_same_files(hub: _Hub, local: LocalRelease, commit_files: dict[str, str], ref: str) -> None:
    """Raise `ReleaseError` unless the files of a commit are those of the release."""
    if wrong := _differing_paths(local.files, commit_files):
        hint = "Do not move it: build a new version, or remove the tag there if nobody can have used it."
        raise ReleaseError(
            f"{hub.name}: expected {ref} to contain v{local.version} as it is on this disk, found other content in {wrong}. {hint}"
        )


def _differing_paths(expected: dict[str, str], actual: dict[str, str]) -> str:
    """Return a list for a message of the paths whose checksums differ; empty if none does."""
    wrong = sorted(path for path in expected.keys() | actual.keys() if expected.get(path) != actual.get(path))
    return ", ".join(wrong[:5]) + (f" and {len(wrong) - 5:,} more" if len(wrong) > 5 else "")  # noqa: PLR2004 - as many as are named


def _check_branch(hub: _Hub, local: LocalRelease, refs: _Refs, branch_files: dict[str, str], *, chosen: bool) -> str | None:
    """Check that the branch is empty or contains an unchanged release that this one may replace.

    Returns:
        The tag of the release on the branch; None if the branch is empty.

    Raises:
        ReleaseError: the branch contains other files, another dataset, a changed release, or a version that is not older than this one.
    """
    if not branch_files or refs.head is None:
        return None
    place = f"{hub.name}: {_BRANCH}"
    if MANIFEST not in branch_files:
        hint = "Publish to an empty dataset, or remove these files there first."
        raise ReleaseError(
            f"{place}: expected a release or nothing, found {_differing_paths({}, branch_files)} without a {MANIFEST}. {hint}"
        )
    with tempfile.TemporaryDirectory(prefix="saring-") as folder:
        hub.fetch(refs.head, MANIFEST, folder)
        try:
            branch_manifest = manifest.load_manifest(Path(folder))
        except ReleaseError as error:
            raise ReleaseError(
                f"{place}: expected the {MANIFEST} of a release, found one that was changed. Revert the change there."
            ) from error
    if branch_manifest["dataset"] != local.dataset:
        raise ReleaseError(
            f"{place}: expected the dataset {local.dataset!r}, found {branch_manifest['dataset']!r}. Publish to another one."
        )
    before = str(branch_manifest["version"])
    if wrong := _differing_paths(manifest_checksums(branch_manifest) | {MANIFEST: branch_files[MANIFEST]}, branch_files):
        hint = "Revert these changes there (the card's text comes from corpus.toml), then publish again."
        raise ReleaseError(f"{place}: expected v{before} as it was published, found other content in {wrong}. {hint}")
    if chosen:
        local_manifest = local.folder.parent / f"v{before}" / MANIFEST
        if not local_manifest.is_file() or not manifest.same_release(manifest.load_manifest(local_manifest.parent), branch_manifest):
            hint = "Copy that release to this disk first, so that what is rolled back is known."
            raise ReleaseError(f"{place}: expected a release that is also on this disk, found v{before}, which is not. {hint}")
    elif version_key(before) >= version_key(local.version):
        hint = "Publish older versions before newer ones, or make this one the latest: `saring rollback`."
        raise ReleaseError(f"{place}: expected a version before v{local.version}, found v{before}. {hint}")
    return f"v{before}"
