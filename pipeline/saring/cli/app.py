"""The command line `saring`: its commands, and the function that runs it.

Every command imports what it needs when it runs, so that `saring --help` answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from saring.cli import corpora, documents, filters, releases, takedowns
from saring.cli.help import HELP_OPTIONS, Group, show_version
from saring.cli.names import names_app
from saring.cli.rules import rules_app
from saring.cli.run import run

__all__ = ["app", "main"]

app = typer.Typer(
    help="Strain scraped pages into a dataset that people can trust.",
    cls=Group,
    context_settings=HELP_OPTIONS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

app.add_typer(rules_app, name="rules")
app.add_typer(names_app, name="names")


@app.callback()
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", callback=show_version, is_eager=True)] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Declare the option `--version` of the command line itself; its callback does the work."""


for command in (
    corpora.init,
    corpora.build,
    filters.clean,
    filters.overlaps,
    documents.explain,
    releases.verify,
    releases.diff,
    releases.publish,
    releases.rollback,
    takedowns.takedown,
    takedowns.purge,
    takedowns.cache,
):
    app.command()(command)


def main() -> None:
    """Run the command line `saring` with the arguments of the process."""
    run(app)
