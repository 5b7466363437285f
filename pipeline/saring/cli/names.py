"""Commands on names: `saring names suggest` lists, prints or accepts spelling variants that the registry lacks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from saring.cli.help import Group
from saring.cli.options import OUT, ConfigFile, Out, load_or_default, print_message
from saring.core.plurals import counted
from saring.core.printable import printable

if TYPE_CHECKING:
    import polars as pl

__all__ = ["names_app"]

names_app = typer.Typer(cls=Group, help="Find spelling variants of names.", no_args_is_help=True)


@names_app.callback()
def _names() -> None:
    """Make `saring names` a group of commands, though it has only one."""


@names_app.command("suggest")
def suggest(
    out: Out = OUT,
    config: ConfigFile = None,
    toml: Annotated[bool, typer.Option("--toml", help="Print names for corpus.toml, and nothing else.")] = False,  # noqa: FBT002 - a flag is one
    accept: Annotated[list[int] | None, typer.Option("--accept", metavar="N", min=1, help="Write suggestion N into corpus.toml.")] = None,
) -> None:
    """Find new variants of names in the newest release.

    Each comes with its evidence. Nothing is corrected until the variant is in corpus.toml.
    """
    from saring import release  # noqa: PLC0415
    from saring.tools.suggest_names import accept as accepting  # noqa: PLC0415
    from saring.tools.suggest_names.suggest import suggest_from_release  # noqa: PLC0415

    settings = load_or_default(config, "dataset", "name")
    folder = release.find_release(out, settings.dataset.name)
    release.check_release(folder, "all", "overlaps")
    suggestions = suggest_from_release(folder, settings.names)
    proposed = [(row[0], row[1]) for row in suggestions.select("canonical", "variant", "verdict").iter_rows() if row[2] == "propose"]
    if accept:
        missing = [number for number in accept if number > len(proposed)]
        if missing:
            there = f"there {'is' if len(proposed) == 1 else 'are'} {counted(len(proposed), 'suggestion')}"
            raise typer.BadParameter(f"{there}, and no number {missing[0]}", param_hint="--accept")
        chosen = [proposed[number - 1] for number in accept]
        accepting.accept_names(config or Path("corpus.toml"), chosen)
        for canonical, variant in chosen:
            print_message(printable(f"{config or 'corpus.toml'}: {variant} is now a variant of {canonical}; the next build corrects it."))
    elif toml:
        typer.echo(accepting.names_toml(proposed), nl=False)
    else:
        _show(suggestions)
        usage = " --accept N writes one into corpus.toml, --toml prints all." if proposed else ""
        print_message(f"{counted(len(proposed), 'suggestion')}.{usage}")


def _show(suggestions: pl.DataFrame) -> None:
    """Print suggested variants with their evidence as a table to stderr."""
    from rich.console import Console  # noqa: PLC0415

    from saring.tools.suggest_names.table import suggestion_table  # noqa: PLC0415

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for part in suggestion_table(suggestions):
        console.print(part)
