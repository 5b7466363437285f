"""The way of a scrape, in the order in which it travels.

    read         bytes in raw/ -> scrapes, or rejections
    extract      markup or flat text -> pages: text, title, authors, date, site
    repair       find encoding damage           ┐
    noise        find what is not the page's    │ edits: each step finds them,
    language     identify                       │ only `edits` makes them
    names        find variants of names         ┘
    relate       all documents: revisions, copies, and `overlap`: duplicates, clusters, splits
    validate     rows against schemas/, links that resolve
    release      Parquet, card, manifest; verified, then renamed into place
    hub          published: to the Hugging Face hub, S3 or a folder

`clean` is the path of one batch (extract to names) on one screen, `build` the whole way as a list of steps over a workspace,
`filters` the same steps for JSON Lines in another pipeline, `explain` one document with its history. `cli` is the command line.
Beside the way stand `records` (the tables' columns), `ids` (what names a document), `config` (corpus.toml), `exceptions` (edits that it
forbids), `rules` (the packs), `errors`, `splices` (how `edits` are made in
a whole batch at once) and `spill` (how tables larger than memory are put in order); `workers` runs what is done batch by batch in processes,
`cluster` on a Dask cluster, and `watchdog` ends what takes too long; `folders` and `copies` are what raw/, the workspace and releases stand
on, here or at any URL.

Nothing here knows Prefect; nothing but `cli` prints; nothing but `hub` uses the network, and `cluster` and `folders` where a cluster or a URL
is named. Importing this package imports none of its modules.
"""

from __future__ import annotations

__all__ = [
    "build",
    "clean",
    "cluster",
    "config",
    "copies",
    "edits",
    "errors",
    "explain",
    "extract",
    "filters",
    "folders",
    "hub",
    "language",
    "names",
    "noise",
    "overlap",
    "read",
    "records",
    "relate",
    "release",
    "repair",
    "rules",
    "validate",
    "workers",
    "workspace",
]
