"""What goes wrong in a command becomes a sentence and an exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
from typing import NoReturn

import pytest
import typer

from saring.cli.run import INTERRUPTED, run, run_alone
from saring.core.errors import ConfigError, ReleaseError, SaringError, TooManyRejectedError


def raising(error: BaseException) -> NoReturn:
    """Raise an error, as a command does."""
    raise error


def outcome(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[object, str]:
    """Return exit code and message of a command that raises an error."""
    with pytest.raises(SystemExit) as ended:
        run(lambda: raising(error))
    out, err = capsys.readouterr()
    assert out == ""
    return ended.value.code, err


WRONG_NAME = ConfigError(file="corpus.toml", path="dataset.name", expected="string", found="integer", hint="Quote it.")


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (SaringError("It failed."), 1, "saring: It failed.\n"),
        (ReleaseError("two\nlines"), 1, "saring: two\nlines\n"),
        (TooManyRejectedError("Too many."), 3, "saring: Too many.\n"),
        (WRONG_NAME, 2, "saring: corpus.toml: dataset.name: expected string, found integer. Quote it.\n"),
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "raw/é"),
            1,
            "saring: raw/é: No such file or directory. Check the path and its permissions; the last release is as it was.\n",
        ),
        (OSError("odd"), 1, "saring: the file system: odd. Check the path and its permissions; the last release is as it was.\n"),
    ],
)
def test_an_expected_error_is_a_sentence(error: Exception, code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Errors of the package and of the file system are a message on stderr, with their exit code."""
    assert outcome(error, capsys) == (code, message)


def test_a_failing_store_is_a_sentence(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of a client library of a store is a message that says what to check."""
    monkeypatch.setattr("saring.storage.paths.failure_message", lambda _: "Access denied. Check the credentials.")

    code, message = outcome(ValueError("AccessDenied"), capsys)

    assert (code, message) == (1, "saring: Access denied. Check the credentials. The last release is as it was.\n")


def test_a_bug_keeps_its_traceback() -> None:
    """An unexpected error is raised as it is."""
    with pytest.raises(ZeroDivisionError):
        run(lambda: 1 // 0)


@pytest.mark.parametrize("code", [0, 2, None])
def test_an_exit_keeps_its_code(code: int | None) -> None:
    """A command that ends by itself ends with its own exit code."""
    with pytest.raises(SystemExit) as ended:
        run(lambda: sys.exit(code))

    assert ended.value.code == code


def test_a_command_may_succeed(capsys: pytest.CaptureFixture[str]) -> None:
    """A command without errors returns, and nothing is printed for it."""
    run(lambda: None)

    assert capsys.readouterr() == ("", "")


def exit_within_interrupt() -> NoReturn:
    """End as typer ends a command on Ctrl-C: with an exit while a KeyboardInterrupt is handled."""
    try:
        raising(KeyboardInterrupt())
    except KeyboardInterrupt:
        sys.exit(1)


@pytest.mark.parametrize(
    "command", [lambda: raising(KeyboardInterrupt()), exit_within_interrupt, lambda: sys.exit(INTERRUPTED)], ids=["raised", "exit", "code"]
)
def test_an_interrupt_is_a_sentence(command: object, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends a command with 130, as a shell expects, however it arrives; a second one is ignored from then on."""
    handlers: list[tuple[int, object]] = []
    monkeypatch.setattr(signal, "signal", lambda number, handler: handlers.append((number, handler)))
    assert callable(command)

    with pytest.raises(SystemExit) as ended:
        run(command)

    assert ended.value.code == INTERRUPTED == 128 + signal.SIGINT
    assert capsys.readouterr().err.startswith("saring: interrupted; the last release is as it was")
    assert handlers == [(signal.SIGINT, signal.SIG_IGN)]


def test_a_reader_that_went_away_is_no_error(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """If nobody reads the output any more, the command ends silently, and what is still to be written goes nowhere."""
    replaced: list[int] = []

    def replace(source: int, target: int) -> None:
        os.close(source)
        replaced.append(target)

    monkeypatch.setattr(os, "dup2", replace)

    with pytest.raises(SystemExit) as ended:
        run(lambda: raising(BrokenPipeError(errno.EPIPE, "Broken pipe")))

    monkeypatch.undo()
    assert ended.value.code == 1
    assert len(replaced) == 1
    assert capfd.readouterr() == ("", "")


def greet(name: str, times: int = 1) -> None:
    """Print a greeting; refuse an empty name."""
    if not name:
        message = "name: expected a name, found none."
        raise SaringError(message)
    typer.echo(f"Salam, {name}! " * times)


@pytest.mark.parametrize(
    ("arguments", "code", "output"),
    [
        (["Sari", "--times", "2"], 0, "Salam, Sari! Salam, Sari! \n"),
        ([""], 1, "saring: name: expected a name, found none.\n"),
        (["--help"], 0, "Print a greeting"),
        ([], 2, "Missing argument 'name'"),
    ],
)
def test_a_function_is_a_command(
    arguments: list[str], code: int, output: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parameters of a function are arguments and options, its docstring is the help, and its errors are sentences on stderr."""
    monkeypatch.setattr(sys, "argv", ["greet", *arguments])

    with pytest.raises(SystemExit) as ended:
        run_alone(greet)

    assert ended.value.code == code
    out, err = capsys.readouterr()
    assert output in (err if code else out)
    assert (out if code else err) == ""
