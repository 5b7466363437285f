"""Load a release as its consumers do, with `datasets`, but off the network and out of their cache."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["card_data", "isolated_datasets", "loaded_rows"]


def card_data(release: Path) -> dict[str, object]:
    """Return the front matter of the card, as the hub's own library reads it."""
    from huggingface_hub import DatasetCard  # noqa: PLC0415 - heavy, and only a release needs it

    data: dict[str, object] = DatasetCard.load(release / "README.md").data.to_dict()
    return data


def loaded_rows(release: Path, config: str, cache: Path) -> dict[str, int]:
    """Load a config and return the number of rows of each split.

    Args:
        release: the folder of the release.
        config: its name.
        cache: a folder for what `datasets` writes.
    """
    with isolated_datasets() as datasets:
        loaded = datasets.load_dataset(str(release.resolve()), config, cache_dir=str(cache))
        found = {str(split): part.num_rows for split, part in loaded.items()}
        del loaded  # its memory maps hold files of the cache
    return found


@contextlib.contextmanager
def isolated_datasets() -> Iterator[Any]:
    """Yield `datasets` with the network, telemetry and progress bars off, and put back what was on."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("DO_NOT_TRACK", "1")
    import datasets  # noqa: PLC0415 - takes a second to import

    # HF_HUB_OFFLINE in the environment would also reach whatever publishes later in this process.
    offline, bars = datasets.config.HF_HUB_OFFLINE, datasets.are_progress_bars_disabled()
    datasets.config.HF_HUB_OFFLINE = True
    datasets.disable_progress_bars()
    try:
        yield datasets
    finally:
        datasets.config.HF_HUB_OFFLINE = offline
        if not bars:
            datasets.enable_progress_bars()
