"""Run a command and turn what goes wrong into a sentence and an exit code instead of a traceback."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import typer

from saring.cli.help import HELP_OPTIONS
from saring.cli.options import print_message

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["INTERRUPTED", "run", "run_alone"]

#: The exit code after Ctrl-C, as shells have it: 128 and the number of the signal.
INTERRUPTED = 130


def run_alone(command: Callable[..., Any]) -> None:
    """Run a function as a command line of its own, whose options are the function's parameters, as `python -m flows.build` does."""
    app = typer.Typer(add_completion=False, context_settings=HELP_OPTIONS, pretty_exceptions_enable=False, rich_markup_mode=None)
    app.command()(command)
    run(app)


def run(command: Callable[[], Any]) -> None:
    """Run a command; an expected error ends it with a sentence on stderr and an exit code instead of a traceback."""
    from saring.core.errors import SaringError  # noqa: PLC0415
    from saring.storage.paths import failure_message  # noqa: PLC0415

    try:
        command()
    except KeyboardInterrupt:
        _interrupted()
    except SystemExit as ended:
        if isinstance(ended.__context__, KeyboardInterrupt) or ended.code == INTERRUPTED:  # typer makes an exit of it
            _interrupted()
        raise
    except SaringError as error:
        print_message(f"saring: {error}")
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        place = error.filename or "the file system"
        print_message(f"saring: {place}: {error.strerror or error}. Check the path and its permissions; the last release is as it was.")
        sys.exit(1)
    except Exception as error:
        if (message := failure_message(error)) is None:
            raise
        print_message(f"saring: {message} The last release is as it was.")
        sys.exit(1)


def _interrupted() -> NoReturn:
    """Exit after Ctrl-C with a sentence; a second Ctrl-C meanwhile changes nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print_message("saring: interrupted; the last release is as it was, and the next build goes on from the batches already cleaned.")
    sys.exit(INTERRUPTED)
