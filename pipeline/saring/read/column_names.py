"""Names of record fields and table columns: the standard names with their aliases, and those that `columns` of a [[source]] table sets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from saring.read.scrape import RefusedError, replace_unencodable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["ALIASES", "CONTENT", "NO_COLUMNS", "Columns", "choose_columns", "list_names", "no_content_error"]

#: Fields that hold the page itself; their values are kept as they are, while others are stripped of white space.
CONTENT = ("html", "text")
#: Standard field name -> the names that it may have in a record; the first that has a value is used.
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
#: The most field names that a message lists, and the most characters that it spends on them.
_MAX_NAMES, _MAX_CHARACTERS = 12, 200


class Columns(NamedTuple):
    """Mapping from standard field names to the names that one source uses, as set by `columns` of a [[source]] table.

    Attributes:
        names: standard field name -> name in the source, with `.` between the names of nested fields; None for a field not to be read.
        source: the file's path in raw/, for messages that show what to write in corpus.toml; empty where records come from no file in raw/.
    """

    names: Mapping[str, str | None] = {}
    source: str = ""

    def aliases(self) -> dict[str, tuple[str, ...]]:
        """Return the names to look for in a record, by standard field name.

        Where corpus.toml names a field for the text or for the HTML, the other one is not looked for.
        """
        aliases = dict(ALIASES)
        if any(self.names.get(field) for field in CONTENT):
            aliases = {field: names for field, names in aliases.items() if field not in CONTENT}
        aliases |= {field: (name,) for field, name in self.names.items() if name is not None}
        return {field: names for field, names in aliases.items() if self.names.get(field, field) is not None}

    def standardize(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a record's values under the standard field names or their aliases; unchanged where corpus.toml names no columns."""
        if not self.names:
            return record
        fields: dict[str, Any] = {}
        for field, names in self.aliases().items():
            for name, alias in zip(names, ALIASES[field], strict=False):
                value = _nested_value(record, name)
                if value is not None:
                    fields[alias] = value
        return fields

    def has_content(self, record: Mapping[str, Any]) -> bool:
        """Tell whether a record has a field for its text or HTML, even if its value is null."""
        names = [name for field in CONTENT for name in self.aliases().get(field, ())]
        return any(name in record or ("." in name and name.partition(".")[0] in record) for name in names)

    def expected_content(self, noun: str) -> str:
        """Return the phrase of a rejection message for the field or column (`noun`) that was expected to hold the text."""
        names = [repr(name) for field in CONTENT if (name := self.names.get(field))]
        return f"the {noun} {' or '.join(names)} that `columns` in corpus.toml names" if names else f"a {noun} text or html"


NO_COLUMNS = Columns()


def choose_columns(columns: Columns, names: Sequence[str]) -> dict[str, str]:
    """Return the columns of a table that are read: standard field name or alias -> name in the table.

    Standard names match in any case, since spreadsheets write "Title"; names from corpus.toml match exactly.

    Args:
        columns: the column names that corpus.toml sets for the source.
        names: the column names of the table, nested ones with dots.

    Raises:
        RefusedError: no column holds the text, a column that corpus.toml names is missing, or two columns have the same name.
    """
    selection: dict[str, str] = {}
    for field, aliases in columns.aliases().items():
        configured = columns.names.get(field)
        for name, alias in zip(aliases, ALIASES[field], strict=False):
            matches = [column for column in names if column == name]
            if not matches and not configured:
                matches = [column for column in names if column.casefold() == name]
            if len(matches) > 1:
                message = f"Expected one column {name}, found {len(matches)}. Rename or remove the others."
                raise RefusedError("bad-columns", message)
            if configured and not matches:
                message = f"Expected the column {configured!r} that `columns` in corpus.toml names for {field}, found the columns {list_names(names)}."
                hint = "Correct the name there." if field in CONTENT else f"Correct the name there, or write {field} = false."
                raise RefusedError("bad-columns", f"{message} {hint}")
            if matches:
                selection[alias] = matches[0]
    if not any(field in selection for field in CONTENT):
        raise no_content_error(names, columns, noun="column")
    return selection


def no_content_error(names: Iterable[str], columns: Columns = NO_COLUMNS, *, noun: str = "field") -> RefusedError:
    """Return the refusal (`no-text`) of a record or table in which no field or column (`noun`) holds the text.

    Args:
        names: the fields or columns that it has.
        columns: the column names that corpus.toml sets for the source.
        noun: "field" or "column".
    """
    hint = "Rename or add one."
    if any(columns.names.get(field) for field in CONTENT):
        hint = "Correct the name there."
    elif columns.source:
        hint = f'Rename one, or write in corpus.toml under [[source]]: path = "{columns.source}" and columns = {{ text = "NAME" }}.'
    return RefusedError("no-text", f"Expected {columns.expected_content(noun)}, found the {noun}s {list_names(names)}. {hint}")


def list_names(names: Iterable[str]) -> str:
    """Return field names as one string for a message: sorted, separated by commas, cut after the first ones; "none" where there are none."""
    sorted_names = sorted(names)
    shown = replace_unencodable(", ".join(sorted_names[:_MAX_NAMES]))[:_MAX_CHARACTERS]
    return (shown + (" and more" if len(sorted_names) > _MAX_NAMES else "")) or "none"


def _nested_value(record: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever the record holds
    """Return a record's value by its field name or by its path through nested objects, such as `meta.url`; None where it is missing."""
    if name in record or "." not in name:
        return record.get(name)
    value: Any = record
    for part in name.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(part)
    return value
