"""Load a release with the library `datasets`, as consumers do, but offline and with a separate cache."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["isolated_datasets", "load_row_counts", "read_front_matter"]


def read_front_matter(release: Path) -> dict[str, object]:
    """Return the front matter of a release's card, parsed by `huggingface_hub`."""
    from huggingface_hub import DatasetCard  # noqa: PLC0415 - heavy, and only a release needs it

    data: dict[str, object] = DatasetCard.load(release / "README.md").data.to_dict()
    return data


def load_row_counts(release: Path, config: str, cache: Path) -> dict[str, int]:
    """Load a config through `datasets` and return the number of rows of each split.

    Args:
        release: the folder of the release.
        config: the name of the config.
        cache: a folder for the cache files of `datasets`.
    """
    with isolated_datasets() as datasets:
        loaded = datasets.load_dataset(str(release.resolve()), config, cache_dir=str(cache))
        row_counts = {str(split): part.num_rows for split, part in loaded.items()}
        del loaded  # its memory maps keep files of the cache open
    return row_counts


@contextlib.contextmanager
def isolated_datasets() -> Iterator[Any]:
    """Yield the library `datasets` with network, telemetry and progress bars off, and restore its settings afterwards."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    import datasets  # noqa: PLC0415 - takes a second to import

    # Not by HF_HUB_OFFLINE in the environment, which would also affect a publication later in this process.
    offline, bars = datasets.config.HF_HUB_OFFLINE, datasets.are_progress_bars_disabled()
    datasets.config.HF_HUB_OFFLINE = True
    datasets.disable_progress_bars()
    try:
        yield datasets
    finally:
        datasets.config.HF_HUB_OFFLINE = offline
        if not bars:
            datasets.enable_progress_bars()
