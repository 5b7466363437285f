"""Releases: write the corpus tables as an immutable, versioned folder of Parquet files; find, check, verify and roll back releases.

    assemble    write a release, or preview it: data_files (parquet, arrow) -> statistics -> card, changelog, croissant -> manifest
                -> verify -> staging
    locate      find the folder of a version
    integrity   quick check against the manifest, before anything reads a release
    verify      full check: schemas, ids, references, ledger, loading through `datasets`
    rollback    make an older version the latest again
    lock        one writer per dataset; in a bucket by a `lease`

`version` computes the version number. `diff` compares two releases, for the changelog and for `tools/diff_report`. `schema` holds the column
definitions that a release carries and compares them with today's; `read_tables` reads the tables of any release with today's columns.
`markdown` escapes text quoted from pages.
"""

from __future__ import annotations

from saring.release.assemble import WriteResult, preview_release, write_release
from saring.release.integrity import check_newest_release, check_release
from saring.release.locate import find_release, is_pinned_latest
from saring.release.lock import lock
from saring.release.rollback import rollback
from saring.release.verify import verify

__all__ = [
    "WriteResult",
    "check_newest_release",
    "check_release",
    "find_release",
    "is_pinned_latest",
    "lock",
    "preview_release",
    "rollback",
    "verify",
    "write_release",
]
