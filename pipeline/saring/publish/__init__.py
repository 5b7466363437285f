"""Publish a release: the only part of the pipeline that uses the network.

    local         what is to be published, checked against its manifest
    huggingface   to a dataset on the Hugging Face hub: one commit, read back, tagged
    store         to S3 or a folder: files, read back, then the manifest
    retry         what is tried again, and how long it is waited for

Wherever a release goes, it is there whole or not at all, publishing it twice does nothing, and a version that is there with other content is
an error. Tokens come from the environment or from where `huggingface_hub` and the AWS libraries keep them; nothing here reads or prints one.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from saring.core.errors import ConfigError
from saring.publish import huggingface, object_store
from saring.publish.release_files import Published, read_release
from saring.release.load_example import HUB
from saring.storage.local_copies import local_copy

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Published", "publish"]


def publish(
    release: Path, to: str, *, chosen: bool = False, dry_run: bool = False, on_progress: Callable[[str, int, int], None] = lambda *_: None
) -> Published:
    """Publish a release.

    Args:
        release: its folder; `release.verify` is the caller's business.
        to: `hf://datasets/ORG/NAME`, `s3://bucket/prefix`, or a folder.
        chosen: whether a person made this version the latest, so that what consumers get by default goes back to it.
        dry_run: look, say what would be done, change nothing.
        on_progress: is told what is being done, how much of it is done, and how much there is.

    Raises:
        ConfigError: `to` is nothing to publish to.
        LockedError: another release is being published there.
        ReleaseError: the release is not as its manifest says, or what is there is not what it should be.
        SaringError: the place cannot be reached or refuses.
    """
    here = local_copy(release)
    if to.startswith(HUB):
        repository = to.removeprefix(HUB).rstrip("/")
        if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
            raise _wrong(to, "hf://datasets/ORG/NAME")
        with tempfile.TemporaryDirectory(prefix="saring-") as scratch:
            local = read_release(here, f"{HUB}{repository}", Path(scratch))
            return huggingface.publish(local, repository, chosen=chosen, dry_run=dry_run, on_progress=on_progress)
    protocol, _, rest = to.rpartition("://")
    if protocol not in ("", "s3") or not rest.strip("/"):
        raise _wrong(to, "hf://datasets/ORG/NAME, s3://bucket/prefix or a folder")
    if protocol and re.search(r"[@?]", rest):
        raise _wrong(f"{protocol}://…", "an address without credentials or parameters", "Put credentials into the environment.")
    address = to.rstrip("/") if protocol else str(Path(to).expanduser().resolve())
    # A folder is named as the maintainer named it: from where the project is, if not from the root.
    with tempfile.TemporaryDirectory(prefix="saring-") as scratch:
        local = read_release(here, address if protocol or to.startswith("~") else to.rstrip("/") or address, Path(scratch))
        return object_store.publish(local, protocol or "file", address, chosen=chosen, dry_run=dry_run, on_progress=on_progress)


def _wrong(found: str, expected: str, hint: str = "Pass it as --to, or write it to [publish] to in corpus.toml.") -> ConfigError:
    return ConfigError(file="--to", path="", expected=expected, found=repr(found), hint=hint)
