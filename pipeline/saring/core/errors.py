"""The errors a person may meet.

    SaringError
    ├── ConfigError     a file a person wrote is wrong: exit code 2
    ├── NoInputError    there is nothing to read: exit code 2
    ├── LedgerError     an edit does not match the text it is applied to: exit code 1
    ├── ReleaseError    a release breaks one of its promises: exit code 1
    ├── LockedError     another build is writing the same dataset: exit code 1
    └── TooManyRejectedError  a build is done, but rejected more than it may: exit code 3

Every message says where, what was expected, what was found, and what to do next.
"""

from __future__ import annotations

from saring.core.printable import printable

__all__ = ["ConfigError", "LedgerError", "LockedError", "NoInputError", "ReleaseError", "SaringError", "TooManyRejectedError"]


class SaringError(Exception):
    """Base of all errors that are reported without a traceback; what its message quotes steers no terminal."""

    exit_code = 1
    #: Whether the message is several lines of its own; in others, a line break comes from what they quote.
    has_lines = False

    def __str__(self) -> str:
        """Return the message, printable."""
        return printable(super().__str__(), lines=self.has_lines)


class ConfigError(SaringError):
    """A file that a person wrote (corpus.toml, a rule pack, a sidecar) is wrong.

    Args:
        file: the file as the person named it.
        path: the place in it, such as ``name[3].variants``; empty for the file as a whole.
        expected: what should stand there.
        found: what stands there.
        hint: what to do next.
    """

    exit_code = 2

    def __init__(self, *, file: str, path: str, expected: str, found: str, hint: str) -> None:
        self.file, self.path, self.expected, self.found, self.hint = file, path, expected, found, hint
        place = f"{file}: {path}" if path else file
        super().__init__(f"{place}: expected {expected}, found {found}. {hint}")

    def __reduce__(self) -> tuple[object, ...]:
        """Cross a process border whole: keyword-only arguments do not survive the default pickling."""
        return _config_error, (self.file, self.path, self.expected, self.found, self.hint)


def _config_error(file: str, path: str, expected: str, found: str, hint: str) -> ConfigError:
    return ConfigError(file=file, path=path, expected=expected, found=found, hint=hint)


class NoInputError(SaringError):
    """There is nothing to read."""

    exit_code = 2


class LedgerError(SaringError):
    """An edit does not match the text it is applied to, or edits of one step overlap."""


class ReleaseError(SaringError):
    """A release, or what would become one, breaks a promise: a message of a line for each."""

    has_lines = True


class LockedError(SaringError):
    """Another build is writing the same dataset."""


class TooManyRejectedError(SaringError):
    """A build is done, and rejected a larger share of the scrapes than the configuration allows."""

    exit_code = 3
