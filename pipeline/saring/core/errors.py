"""The exceptions that are reported to a user as a message, without a traceback.

    SaringError
    ├── ConfigError     a file that a person wrote is wrong: exit code 2
    ├── NoInputError    there is nothing to read: exit code 2
    ├── LedgerError     an edit does not match the text it is applied to: exit code 1
    ├── ReleaseError    a release violates one of its guarantees: exit code 1
    ├── LockedError     another build is writing the same dataset: exit code 1
    └── TooManyRejectedError  the build finished, but rejected more scrapes than allowed: exit code 3

Every message says where, what was expected, what was found, and what to do next.
"""

from __future__ import annotations

from saring.core.printable import printable

__all__ = ["ConfigError", "LedgerError", "LockedError", "NoInputError", "ReleaseError", "SaringError", "TooManyRejectedError"]


class SaringError(Exception):
    """Base class of errors reported to the user without a traceback; control characters in the message are escaped."""

    exit_code = 1
    #: Whether line breaks belong to the message itself. If not, they can only come from quoted input and become spaces.
    has_lines = False

    def __str__(self) -> str:
        """Return the message with control and invisible characters escaped, safe for a terminal."""
        return printable(super().__str__(), lines=self.has_lines)


class ConfigError(SaringError):
    """A file written by a person (corpus.toml, a rule pack, a sidecar) is invalid.

    Args:
        file: the file, as the user named it.
        path: the key within it, such as ``name[3].variants``; empty for the file in general.
        expected: what a valid file has at that key.
        found: what this file has there.
        hint: what to do next.
    """

    exit_code = 2

    def __init__(self, *, file: str, path: str, expected: str, found: str, hint: str) -> None:
        self.file, self.path, self.expected, self.found, self.hint = file, path, expected, found, hint
        place = f"{file}: {path}" if path else file
        super().__init__(f"{place}: expected {expected}, found {found}. {hint}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle the error with all its fields; the default cannot pass keyword-only arguments between processes."""
        return _config_error, (self.file, self.path, self.expected, self.found, self.hint)


def _config_error(file: str, path: str, expected: str, found: str, hint: str) -> ConfigError:
    """Build a `ConfigError` from positional arguments, to unpickle one."""
    return ConfigError(file=file, path=path, expected=expected, found=found, hint=hint)


class NoInputError(SaringError):
    """The input is empty or missing: no scrapes, no release, no such document."""

    exit_code = 2


class LedgerError(SaringError):
    """An edit does not match the text it is applied to, or edits of one step overlap."""


class ReleaseError(SaringError):
    """A release, or the data about to become one, violates its guarantees; the message has one line for each violation."""

    has_lines = True


class LockedError(SaringError):
    """Another build is writing the same dataset, so this one cannot start."""


class TooManyRejectedError(SaringError):
    """The build finished, but rejected a larger share of the scrapes than the configuration allows."""

    exit_code = 3
