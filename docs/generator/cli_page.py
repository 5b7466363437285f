"""The reference of the command line, from the help texts of its commands.

Import this module before `saring.cli`: defaults that are the number of processors would otherwise be that of the machine that made the page.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from docs.generator.markdown import cell, code, head, table

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["commands", "render"]

#: A number of processors that no machine has.
_PROCESSORS = 987_654
os.cpu_count = lambda: _PROCESSORS  # read once by saring.cli.options

_INTRODUCTION = """
`saring COMMAND [OPTIONS]`. `-h` or `--help` after a command explains it, `saring --version` prints the version, and `saring --install-completion` completes
commands in your shell. What a person reads goes to stderr, what a program reads to stdout. Anything quoted from a scrape is stripped of control characters before it reaches a terminal.

| exit code | meaning |
| ---: | --- |
| 0 | done |
| 1 | failed; the last release is as it was |
| 2 | wrong usage, or an error in a file that you wrote |
| 3 | done, but more was rejected than `[build] reject_share` allows |
| 130 | interrupted; the next build continues from the batches already cleaned |

The flows take the same options: `python -m saring.flows.build` those of `saring build`, `python -m saring.flows.publish` those of `saring publish`.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Yield the name and the click command of every command, groups left out, in the order in which `--help` lists them."""
    import typer.main  # noqa: PLC0415 - after the number of processors is replaced

    from saring.cli import app  # noqa: PLC0415

    yield from _below("saring", typer.main.get_command(app))


def render() -> str:
    """Return the page."""
    sections = [f"\n## {name}\n\n{_section(name, command)}" for name, command in commands()]
    return head("Command line") + _INTRODUCTION + "".join(sections)


def _below(name: str, command: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - classes that are private to typer
    if hasattr(command, "commands"):
        for child, below in command.commands.items():
            yield from _below(f"{name} {child}", below)
    elif not command.hidden:
        yield name, command


def _section(name: str, command: Any) -> str:  # noqa: ANN401 - classes that are private to typer
    parameters = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
    arguments = [parameter for parameter in parameters if parameter.param_type_name == "argument"]
    options = [parameter for parameter in parameters if parameter.param_type_name == "option"]
    usage = " ".join([name, *(["[OPTIONS]"] if options else []), *(_usage(argument) for argument in arguments)])
    rows = [[code(_metavar(argument)), cell(argument.help or ""), _default(argument)] for argument in arguments]
    rows += [[code(_option(option)), cell(option.help or ""), _default(option)] for option in options]
    listed = f"\n{table(['argument or option', 'meaning', 'default'], rows)}" if rows else ""
    return f"```console\n{usage}\n```\n\n{_help(command.help)}\n{listed}"


def _help(text: str | None) -> str:
    """Return a help text with each paragraph on one line, and what looks like a record as code."""
    paragraphs = [" ".join(part.split()) for part in (text or "").replace("\f", "").split("\n\n")]
    return "\n\n".join(part.replace("{", "`{").replace("}", "}`") for part in paragraphs)


def _metavar(argument: Any) -> str:  # noqa: ANN401 - classes that are private to typer
    return str(argument.metavar or argument.name.upper())


def _usage(argument: Any) -> str:  # noqa: ANN401 - classes that are private to typer
    return _metavar(argument) if argument.required else f"[{_metavar(argument)}]"


def _option(option: Any) -> str:  # noqa: ANN401 - classes that are private to typer
    names = ", ".join(option.opts)
    return names if option.is_flag else f"{names} {option.metavar or option.type.name.upper()}"


def _default(parameter: Any) -> str:  # noqa: ANN401 - classes that are private to typer
    if parameter.required:
        return "required"
    value = parameter.default
    if value is None or value is False or value == "" or str(value).endswith("UNSET"):
        return ""
    return "one per processor" if value == _PROCESSORS else code(str(value))
