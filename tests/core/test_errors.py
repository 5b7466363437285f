"""Errors that are shown to a user: their messages, exit codes, and passage between processes."""

from __future__ import annotations

import pickle

import pytest

from saring.core import errors
from saring.core.errors import ConfigError, LedgerError, LockedError, NoInputError, ReleaseError, SaringError, TooManyRejectedError

EXIT_CODES = {SaringError: 1, ConfigError: 2, NoInputError: 2, LedgerError: 1, ReleaseError: 1, LockedError: 1, TooManyRejectedError: 3}


def invalid_licence(path: str) -> ConfigError:
    """Return the error for a wrong value at a key of corpus.toml."""
    return ConfigError(file="corpus.toml", path=path, expected="a string", found="7", hint="Quote it.")


def test_every_error_has_its_exit_code() -> None:
    """Exit codes are a contract with scripts: 2 for wrong input, 3 for too many rejections, else 1."""
    assert {getattr(errors, name): getattr(errors, name).exit_code for name in errors.__all__} == EXIT_CODES
    assert all(issubclass(error, SaringError) for error in EXIT_CODES)


def test_a_configuration_error_says_where() -> None:
    """The message has the file and the key, what was expected and found, and what to do; without a key the file alone."""
    assert str(invalid_licence("dataset.license")) == "corpus.toml: dataset.license: expected a string, found 7. Quote it."
    assert str(invalid_licence("")) == "corpus.toml: expected a string, found 7. Quote it."


def test_a_configuration_error_survives_pickling() -> None:
    """An error raised in a worker process arrives with its fields and its message."""
    error = invalid_licence("dataset.license")

    arrived = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own

    assert type(arrived) is ConfigError
    assert vars(arrived) == vars(error)
    assert str(arrived) == str(error)


@pytest.mark.parametrize("error", [error for error in EXIT_CODES if error is not ConfigError])
def test_messages_cannot_control_a_terminal(error: type[SaringError]) -> None:
    """Escape sequences and invisible characters of quoted input are spelled out; line breaks stay only where a message has a list."""
    message = str(error("page\x1b[2J.html:\n\u202eno text"))

    assert not {"\x1b", "\u202e"} & set(message)
    assert ("\n" in message) == (error is ReleaseError)
    assert "[2J.html:" in message


def test_an_error_without_a_message_is_empty() -> None:
    """An error raised with nothing to say has an empty message."""
    assert str(SaringError()) == ""
