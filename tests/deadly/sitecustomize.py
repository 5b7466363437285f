"""Every process that has this folder on its path dies at a page that says so, as a fault in a native library has it."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

MARK = "a word that kills"


class Trap:
    """Asked where modules are, it knows none; but before the cleaner is loaded, it sets the trap in the extractor."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Called by the interpreter for every module; the packages that most processes never load are left to the others."""
        if name == "saring.clean_batch":
            sys.meta_path.remove(self)
            _set()


def _set() -> None:
    from saring import extract  # noqa: PLC0415 - heavy, and only for those that clean
    from saring.compute.time_limit import no_watch  # noqa: PLC0415

    whole = extract.extract

    def dies(
        scrapes: pl.DataFrame, announce: Callable[[str | None], None] = no_watch, *, text_format: str = "text"
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        if scrapes["content"].str.contains(MARK, literal=True).any():
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(scrapes, announce, text_format=text_format)

    extract.extract = dies


sys.meta_path.insert(0, Trap())
