"""Name normalisation: every registered variant of a name is replaced by the canonical spelling of the registry.

`spellings` expands the registry into search strings, `protected_spans` finds where a name must not be changed (addresses, handles, file
names, code), `match` finds the variants elsewhere, between word boundaries.
"""

from __future__ import annotations

from saring.names.match import correct_authors, find, ids_with_spellings

__all__ = ["correct_authors", "find", "ids_with_spellings"]
