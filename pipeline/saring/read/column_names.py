"""Which fields of a record, or columns of a table, hold what: the usual names, and those that `columns` of [[source]] states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from saring.read.scrape import RefusedError, replace_unencodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ALIASES", "CONTENT", "NO_COLUMNS", "Columns", "choose_columns", "list_names", "no_content_error"]

#: Fields that hold the page itself; kept as they are, where everything else is stripped.
CONTENT = ("html", "text")
#: The names of each field, the first that has a value counts.
ALIASES = {
    "html": ("html",),
    "text": ("text",),
    "url": ("url",),
    "site": ("site",),
    "title": ("title",),
    "authors": ("authors",),
    "created": ("created", "date", "published"),
    "created_offset": ("created_offset",),
    "added": ("added", "timestamp", "crawled"),
    "language": ("language", "lang"),
    "license": ("license",),
}
#: The names that a message lists at most, and their characters.
_MOST_NAMES, _MOST_CHARACTERS = 12, 200


class Columns(NamedTuple):
    """Which fields or columns of a source hold the fields of a record, as `columns` of [[source]] says.

    Attributes:
        names: field -> the name that it has there, with `.` between the names of nested fields; None where the field is not to be read.
        source: the file's path in raw/, by which corpus.toml can name columns for it; empty for records that come from elsewhere.
    """

    names: Mapping[str, str | None] = {}
    source: str = ""

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Return the names to look for, by field; who names the text or the HTML does not want the other."""
        found = dict(ALIASES)
        if any(self.names.get(name) for name in CONTENT):
            found = {field: names for field, names in found.items() if field not in CONTENT}
        found |= {field: (name,) for field, name in self.names.items() if name is not None}
        return {field: names for field, names in found.items() if self.names.get(field, field) is not None}

    def of(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a record with its fields under their usual names."""
        if not self.names:
            return record
        fields: dict[str, Any] = {}
        for field, names in self.aliases().items():
            for name, usual in zip(names, ALIASES[field], strict=False):
                value = _looked_up(record, name)
                if value is not None:
                    fields[usual] = value
        return fields

    def names_content(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record has a field for its text, whatever is in it."""
        names = [name for field in CONTENT for name in self.aliases().get(field, ())]
        return any(name in record or ("." in name and name.partition(".")[0] in record) for name in names)

    def wanted(self, noun: str) -> str:
        """Return which field or column (`noun`) is to hold the text, as messages name it."""
        named = [repr(name) for field in CONTENT if (name := self.names.get(field))]
        return f"the {noun} {' or '.join(named)} that `columns` in corpus.toml names" if named else f"a {noun} text or html"


NO_COLUMNS = Columns()


def choose_columns(columns: Columns, names: Sequence[str]) -> dict[str, str]:
    """Return the columns of a table that are to be read: usual name -> name in the table.

    The usual names count in any case (spreadsheets write "Title"), those that corpus.toml states as they are.

    Args:
        columns: names of columns that are not the usual ones.
        names: of the columns of the table, nested ones with dots.

    Raises:
        RefusedError: no column holds the text, a column that corpus.toml names is missing, or there are two of a name.
    """
    found: dict[str, str] = {}
    for field, aliases in columns.aliases().items():
        stated = columns.names.get(field)
        for name, usual in zip(aliases, ALIASES[field], strict=False):
            same = [column for column in names if column == name]
            if not same and not stated:
                same = [column for column in names if column.casefold() == name]
            if len(same) > 1:
                message = f"Expected one column {name}, found {len(same)}. Rename or remove the others."
                raise RefusedError("bad-columns", message)
            if stated and not same:
                message = f"Expected the column {stated!r} that `columns` in corpus.toml names for {field}, found the columns {list_names(names)}."
                hint = "Correct it there." if field in CONTENT else f"Correct it there, or write {field} = false."
                raise RefusedError("bad-columns", f"{message} {hint}")
            if same:
                found[usual] = same[0]
    if not any(field in found for field in CONTENT):
        raise no_content_error(names, columns, noun="column")
    return found


def no_content_error(names: Iterable[str], columns: Columns = NO_COLUMNS, *, noun: str = "field") -> RefusedError:
    """Return the refusal of a record, or of a table, of which no field or column (`noun`) holds the text; `names` are those it has."""
    hint = "Rename or add one."
    if any(columns.names.get(field) for field in CONTENT):
        hint = "Correct it there."
    elif columns.source:
        hint = f'Rename one, or say in corpus.toml which it is: [[source]], below it path = "{columns.source}" and columns = {{ text = "NAME" }}.'
    return RefusedError("no-text", f"Expected {columns.wanted(noun)}, found the {noun}s {list_names(names)}. {hint}")


def list_names(names: Iterable[str]) -> str:
    """Return the names of fields for a message: some of them where there are many."""
    every = sorted(names)
    shown = replace_unencodable(", ".join(every[:_MOST_NAMES]))[:_MOST_CHARACTERS]
    return (shown + (" and more" if len(every) > _MOST_NAMES else "")) or "none"


def _looked_up(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever the record holds
    """Return a value by its name, or by the names of the objects that it is in: `meta.url`."""
    if name in record or "." not in name:
        return record.get(name)
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value
