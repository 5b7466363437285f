"""The commands that compare, publish and roll back releases; `pipeline.cli` adds them to its own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from pipeline.config import Config

__all__ = ["register"]

ConfigFile = Annotated[Path | None, typer.Option("--config", metavar="FILE", help="corpus.toml (default: the one here, if any).")]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of releases.")]

OUT = Path("processed")


def register(app: typer.Typer) -> None:
    """Add the commands to an app."""
    for command in (diff,):
        app.command()(command)


def diff(  # noqa: PLR0917 - the options of a command
    old: Annotated[str, typer.Argument(metavar="V1", help="The older release: v1.0.0 or a folder.")],
    new: Annotated[str, typer.Argument(metavar="V2", help="The newer release.")],
    out: Out = OUT,
    config: ConfigFile = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with every record that differs.")] = False,  # noqa: FBT002 - a flag is one
    html: Annotated[bool, typer.Option("--html", help="Print a page that shows the changes word by word.")] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Compare two releases: records added, removed and edited, and words changed, by source and by rule."""
    from pipeline import release  # noqa: PLC0415
    from pipeline.release import diff_views  # noqa: PLC0415

    if json and html:
        raise typer.BadParameter("--json and --html exclude each other; pass one of them.")
    dataset = _config_of(config).dataset.name
    compared = diff_views.compare(*(release.find(out, dataset, wanted) for wanted in (old, new)))
    view = diff_views.as_json if json else diff_views.as_html if html else diff_views.as_text
    sys.stdout.write(view(compared))


def _config_of(file: Path | None) -> Config:
    from pipeline.cli import config_of  # noqa: PLC0415 - it imports this module

    return config_of(file)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
