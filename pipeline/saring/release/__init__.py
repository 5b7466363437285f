"""Releases: tables in, an immutable folder out that says what it holds and can prove it.

    write       contents (parquet, arrow) -> facts -> card, changelog, croissant -> manifest -> verify -> staging
    preview     what `write_release` would do
    find        where a release is
    check       quickly, that a release is as its manifest lists it, before something reads it
    verify      every promise of a release, from its files alone
    rollback    an older version is the latest again
    lock        two builds of one dataset never write at once

`version` decides what a release is called; `diff` says what differs between two, for the changelog and for a person (`diff_views`); `schema`
says what a release's columns mean and how that differs from today's, `reading` gives its tables the columns of today; `quote` makes what a
card quotes from pages harmless.
"""

from __future__ import annotations

from saring.release.assemble import Written, preview_release, write_release
from saring.release.integrity import check_newest_release, check_release
from saring.release.locate import find_release, is_pinned_latest
from saring.release.lock import lock
from saring.release.rollback import rollback
from saring.release.verify import verify

__all__ = [
    "Written",
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
