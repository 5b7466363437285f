"""Records of the filter `saring clean`: ids as they come in, cleaned documents as they go out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from saring.read.scrape import RefusedError

__all__ = ["record_of", "shallow"]

#: Arrays and objects in each other that an id may be.
_DEEPEST = 100


def shallow(id_: object) -> object:
    """Return an id that can be handed from one process to another, which nested values of some hundred levels cannot.

    Raises:
        RefusedError: it is nested too deeply.
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
    """Return the record that `saring clean` prints for a document (`tables.CLEANED`), with the id that it had in the input."""
    created = document["created"]
    if created is not None and document["created_offset"] is not None:
        created = created.astimezone(dt.timezone(dt.timedelta(minutes=document["created_offset"])))
    named = {name: document[name] for name in ("text", "title", "language")}
    return {
        "id": id_,
        **named,
        "created": created and created.isoformat(),
        "site": document["site"],
        "authors": document["authors"],
        "url": document["url"],
        "dropped_share": document["dropped_share"],
        "edits": edits,
    }
