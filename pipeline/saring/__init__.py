"""Saring: clean messy, multilingual scrapes, find duplicates and translations, publish versioned datasets.

    clean           clean texts or HTML pages: noise, encoding damage, language, names
    find_overlaps   find duplicates, near duplicates, translations and retranslations
    apply_edits     apply the edits of a ledger to texts
    undo_edits      undo the edits of a ledger in texts
    build           build a versioned release from a folder of scrapes
    load_config     read corpus.toml

Importing the package loads none of its modules; each name is loaded when it is first used. The path of a scrape, in the order it travels:

    read         bytes in raw/ -> scrapes or rejections
    extract      HTML or flat text -> pages: text, title, authors, date, site
    repair       encoding damage                          ┐
    noise        advertising, spam, navigation, widgets   │ each finds edits,
    language     language identification                  │ the ledger in `core` makes them
    names        name normalisation                       ┘
    dedup, translation   duplicate pairs and translation pairs, verified on the texts
    corpus       all documents: revisions, clusters, kept documents, splits
    release      Parquet, card, manifest, versions, verification
    publish      Hugging Face hub, S3, folders

`clean_batch` is the path of one batch on one screen, `runs` the steps of a build, `tools` what a person calls on a whole corpus, `cli` the
command line. `core`, `config`, `storage` and `compute` are shared by all of them; tests/test_architecture.py has the order of the layers.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # `typing` itself takes longer to load than this package
if TYPE_CHECKING:
    from typing import Any

    from saring.api import BuildResult, CleanResult, __version__, apply_edits, build, clean, find_overlaps, load_config, undo_edits

__all__ = ["BuildResult", "CleanResult", "__version__", "apply_edits", "build", "clean", "find_overlaps", "load_config", "undo_edits"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - any public name
    """Load a public name when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module("saring.api"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
