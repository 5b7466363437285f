"""Publish a release to the Hugging Face hub, to S3 or to a folder: the only part of the pipeline that uses the network.

    release_files   the files to publish, checked against the manifest, with the card adapted to the address
    huggingface     to a dataset on the Hugging Face hub: one commit, read back, tagged
    object_store    to S3 or a folder: the files, read back, then the manifest
    retry           retries with backoff, and which errors are retried

Publication is atomic: a release is published completely or not at all. Publishing a version twice has no further effect, and a version
that is already published with other content is an error. Tokens come from the environment or from where `huggingface_hub` and the AWS
libraries keep them; nothing here reads or prints one.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from saring.core.errors import ConfigError
from saring.publish import huggingface, object_store
from saring.publish.release_files import PublishResult, read_release
from saring.release.load_example import HUB
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PublishResult", "publish"]


def publish(
    release: Path, to: str, *, chosen: bool = False, dry_run: bool = False, on_progress: Callable[[str, int, int], None] = lambda *_: None
) -> PublishResult:
    """Publish a release to an address.

    Args:
        release: the folder of the release; the caller has verified it with `release.verify`.
        to: `hf://datasets/ORG/NAME`, `s3://bucket/prefix`, or a folder.
        chosen: whether the version was made the latest by a rollback; the published default then goes back to it.
        dry_run: compare with what is published and return what would be done, without changing anything.
        on_progress: progress callback with an activity, the number of files done and their total (0 if unknown).

    Raises:
        ConfigError: `to` is not an address that can be published to.
        LockedError: another release is being published there.
        ReleaseError: the release does not match its manifest, or the published content is not as expected.
        SaringError: the server cannot be reached or refuses.
    """
    folder = local_copy(release)
    if to.startswith(HUB):
        repository = to.removeprefix(HUB).rstrip("/")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise _address_error(to, "hf://datasets/ORG/NAME")
        with tempfile.TemporaryDirectory(prefix="saring-") as scratch:
            local = read_release(folder, f"{HUB}{repository}", Path(scratch))
            return huggingface.publish(local, repository, chosen=chosen, dry_run=dry_run, on_progress=on_progress)
    protocol, _, rest = to.rpartition("://")
    if protocol not in ("", "s3") or not rest.strip("/"):
        raise _address_error(to, "hf://datasets/ORG/NAME, s3://bucket/prefix or a folder")
    if protocol and re.search(r"[@?]", rest):
        raise _address_error(f"{protocol}://…", "an address without credentials or parameters", "Put credentials into the environment.")
    address = to.rstrip("/") if protocol else str(Path(to).expanduser().resolve())
    # The card names a folder as the maintainer wrote it: relative to the project if the path is relative.
    with tempfile.TemporaryDirectory(prefix="saring-") as scratch:
        local = read_release(folder, address if protocol or to.startswith("~") else to.rstrip("/") or address, Path(scratch))
        return object_store.publish(local, protocol or "file", address, chosen=chosen, dry_run=dry_run, on_progress=on_progress)


def _address_error(address: str, expected: str, hint: str = "Pass it as --to, or write it to [publish] to in corpus.toml.") -> ConfigError:
    return ConfigError(file="--to", path="", expected=expected, found=repr(address), hint=hint)
