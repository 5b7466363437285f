"""Names: every variant of a name in the registry gets the one spelling that the registry chooses.

`spelling` turns the registry into strings to look for, `protect` knows where a name is not a name (addresses, handles, files, code),
`match` finds the variants that stand in the open, between word boundaries.
"""

from __future__ import annotations

from saring.names.match import correct_authors, find, may_hold

__all__ = ["correct_authors", "find", "may_hold"]
