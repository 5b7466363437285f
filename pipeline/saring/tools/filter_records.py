"""JSON records of the filter `saring clean`: validation of input ids, and output records of cleaned documents."""

from __future__ import annotations

import datetime as dt
from typing import Any

from saring.read.scrape import RefusedError

__all__ = ["record_of", "shallow"]

#: Maximum nesting depth of an id that is a JSON array or object. A judgement: values of some hundred levels cannot be pickled.
_DEEPEST = 100


def shallow(id_: object) -> object:
    """Check that an id, which may be any JSON value, is nested shallowly enough to be sent to a worker process; return it unchanged.

    Raises:
        RefusedError: the id is nested too deeply.
    """
    level = [id_]
    for _ in range(_DEEPEST):
        level = [
            part for value in level if isinstance(value, list | dict) for part in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return id_
    message = f"id: expected a value nested at most {_DEEPEST} deep, found a deeper one. Give the record a plain id."
    raise RefusedError("bad-field", message)


def record_of(document: dict[str, Any], id_: object, edits: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the output record of `saring clean` for a cleaned document.

    Args:
        document: the row of the document, with the columns of `tables.CLEANED`.
        id_: the id of the input record.
        edits: the edits of the document.
    """
    created = document["created"]
    if created is not None and document["created_offset"] is not None:
        created = created.astimezone(dt.timezone(dt.timedelta(minutes=document["created_offset"])))
    content = {name: document[name] for name in ("text", "title", "language")}
    return {
        "id": id_,
        **content,
        "created": created and created.isoformat(),
        "site": document["site"],
        "authors": document["authors"],
        "url": document["url"],
        "page_type": document["page_type"],
        "page_type_score": document["page_type_score"] and round(document["page_type_score"], 3),
        "dropped_share": document["dropped_share"],
        "edits": edits,
    }
