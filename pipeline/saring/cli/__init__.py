"""The command line: parses, calls, prints. What a person reads goes to stderr, what a program reads to stdout.

Here are the commands that clean and show; `names`, `releases` and `takedowns` have theirs.

Every command imports what it needs when it runs, so that `saring --help` answers at once.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, cast

import typer

from saring.cli import releases, takedowns
from saring.cli.help import HELP_OPTIONS, Group, show_version
from saring.cli.names import names_app
from saring.cli.options import OUT, RAW, WORKERS, ConfigFile, Dask, Out, Raw, Workers, load_or_default, print_message
from saring.cli.progress import show_progress
from saring.cli.rules import rules_app
from saring.core.plurals import counted
from saring.core.printable import json_safe, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import BufferedReader

    from saring.config import Config
    from saring.read.compression import Stream
    from saring.tools.explain import Explained

__all__ = ["app", "main"]

app = typer.Typer(
    help="Strain scraped pages into a dataset that people can trust.",
    cls=Group,
    context_settings=HELP_OPTIONS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

INTERRUPTED = 130

app.add_typer(rules_app, name="rules")
app.add_typer(names_app, name="names")


@app.callback()
def _version(
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", callback=show_version, is_eager=True)] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Strain scraped pages into a dataset that people can trust."""


Records = Annotated[str, typer.Argument(metavar="FILE|-", help="JSON Lines; - is standard input.")]
Rejects = Annotated[Path | None, typer.Option("--rejects", metavar="FILE", help="Write bad records here, as JSON Lines.")]

SiteLines = Annotated[Path | None, typer.Option("--site-lines", metavar="FILE", help="Lines that sites repeat: a release's or your own.")]


@app.command()
def build(
    raw: Raw = RAW,
    out: Out = OUT,
    config: ConfigFile = None,
    *,
    workers: Workers = WORKERS,
    dask: Dask = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would change; write nothing.")] = False,
) -> None:
    """Build a new release from raw/, if anything changed."""
    from saring import runs as way  # noqa: PLC0415
    from saring.runs.workspace import Job  # noqa: PLC0415

    job = Job(raw=raw, out=out, config=load_or_default(config), workers=workers, dask=dask)
    with show_progress() as on_progress:
        reports = way.preview(job, on_progress) if dry_run else way.build(job, on_progress)
    finish(reports, job.config)


def finish(reports: dict[str, dict[str, Any]], config: Config) -> None:
    """Say what a build did; stdout gets the release's folder.

    Raises:
        TooManyRejectedError: more was rejected than the configuration allows.
    """
    from saring.runs import report  # noqa: PLC0415

    for line in report.summary(reports):
        print_message(line)
    if folder := reports["write_release"].get("folder"):
        print(folder)
    report.check_rejected(reports, config)


@app.command()
def clean(
    file: Records = "-",
    *,
    config: ConfigFile = None,
    rejects: Rejects = None,
    workers: Workers = 1,  # in this process a page that takes too long could not be stopped, nor one outlived that ends its process
    site_lines: SiteLines = None,
    survey: Annotated[bool, typer.Option("--survey", help="Find such lines first: the input is read twice, or spooled.")] = False,
) -> None:
    """Clean pages of JSON Lines, as a filter.

    Each line is an object {"id", "text" or "html", "url"?, "language"?}, and becomes {"id", "text", "title", ..., "edits"}.
    """
    from saring.noise import site_lines as site  # noqa: PLC0415
    from saring.tools import filters  # noqa: PLC0415

    if survey and site_lines:
        raise typer.BadParameter("--survey makes the table that --site-lines names. Leave one of them out.")
    settings = load_or_default(config)
    table = site.load_site_lines(site_lines) if site_lines else None
    with filters.rereadable(file, sys.stdin.buffer) if survey else contextlib.nullcontext(file) as source:
        if survey:
            table = filters.count_site_lines(_opened(source), settings, workers)
        _pass(filters.clean(_opened(source), settings, workers, table), rejects)


@app.command()
def overlaps(file: Records = "-", config: ConfigFile = None, rejects: Rejects = None) -> None:
    """Find documents of JSON Lines that say the same, as a filter.

    Each line is an object {"id", "text", "language"?}; each pair that says the same becomes {"a", "b", "kind", "score", "passages", ...}.
    """
    from saring.tools import filters  # noqa: PLC0415

    _pass(filters.overlaps(_opened(file), load_or_default(config, "dataset", "overlap", "build")), rejects)


@app.command()
def explain(
    wanted: Annotated[str, typer.Argument(metavar="ID|FILE", help="A document of the newest release, by id or source; or a scrape.")],
    raw: Raw = RAW,
    out: Out = OUT,
    config: ConfigFile = None,
) -> None:
    """Show one document with what was cut or changed, and by which rule."""
    from saring import release  # noqa: PLC0415
    from saring.core.errors import ConfigError, NoInputError  # noqa: PLC0415
    from saring.core.printable import printable_lines  # noqa: PLC0415
    from saring.release.layout import SITE_LINES  # noqa: PLC0415
    from saring.tools import explain as telling  # noqa: PLC0415

    is_scrape, whole = Path(wanted).is_file(), True
    try:
        settings = load_or_default(config)
    except ConfigError as error:
        if is_scrape:  # it is cleaned now, by rules and names
            raise
        settings, whole = load_or_default(config, "dataset"), False
        print_message(f"saring: warning: {error} The document is shown as it was released; lines in doubt are not listed.")
    if is_scrape:
        from saring import read  # noqa: PLC0415
        from saring.tools import filters  # noqa: PLC0415

        try:
            folder = release.find_release(out, settings.dataset.name)
        except NoInputError:  # nothing is released yet
            folder = None
        batch = read.read_one(Path(wanted), settings, raw)
        lines = telling.site_lines(folder, settings)
        cleaned, links = filters.clean_scrapes(batch.scrapes, settings, lines, blank=True), None
        rejections = [*batch.rejections.to_dicts(), *cleaned.rejections.to_dicts()]
        cleaned = telling.under_published_ids(cleaned, batch.scrapes, settings, folder)
        rejections += telling.blank_documents(cleaned)
    else:
        folder = release.find_release(out, settings.dataset.name)
        release.check_release(folder, "all", "edits", "overlaps", SITE_LINES)
        cleaned, links = telling.published_document(folder, wanted)
        rejections = []
    for explained in telling.explain(cleaned.documents, cleaned.edits, links):
        _show(explained)
    doubts = telling.doubtful(cleaned.documents, cleaned.edits, settings, folder) if whole else None
    for score, line in () if doubts is None else doubts.select("score", "original").iter_rows():
        print_message(f"stays, though the classifier takes it for noise with {score:.2f}: {printable_lines(line.strip()[:100])}")
    for rejection in rejections:
        print_message(printable(f"{rejection['source']}: rejected by {rejection['step']}: {rejection['reason']}: {rejection['message']}"))


for command in (releases.verify, releases.diff, releases.publish, releases.rollback, takedowns.takedown, takedowns.purge, takedowns.cache):
    app.command()(command)


@rules_app.command("suggest")
def rules_suggest(
    raw: Raw = RAW,
    config: ConfigFile = None,
    toml: Annotated[bool, typer.Option("--toml", help="Print rules for corpus.toml alone.")] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Find lines and strings that pages of a site repeat.

    Each comes with counts, contexts and a ready rule; a person decides what of it becomes a rule.
    """
    from saring.tools.suggest_rules.suggest import suggest_rules  # noqa: PLC0415

    with show_progress() as on_progress:
        found = suggest_rules(raw, load_or_default(config), on_progress)
    for one in found:
        if not toml:
            contexts = "".join(f"    {printable(context.replace(chr(10), ' / '))}\n" for context in one.contexts)
            where = f"{counted(one.places, 'place')} on {counted(one.pages, 'page')} of {printable(one.group)}"
            print(f"{one.what}: {one.text!r}: {where}\n{contexts}")
        print(one.toml)
    accepted = "Write those that you accept to corpus.toml, then run `saring rules test`."
    print_message(f"{counted(len(found), 'suggestion')}. {accepted}" if found else "0 suggestions.")


def main() -> None:
    """Run the command line."""
    run(app)


def run_alone(command: Callable[..., Any]) -> None:
    """Run a function as a command line of its own, such as `python -m flows.build`."""
    alone = typer.Typer(add_completion=False, context_settings=HELP_OPTIONS, pretty_exceptions_enable=False, rich_markup_mode=None)
    alone.command()(command)
    run(alone)


def run(command: Callable[[], Any]) -> None:
    """Run a command; errors that a person may meet end it with a sentence and an exit code, not with a traceback."""
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
        print_message(
            f"saring: {place}: {error.strerror or error}. Check the path, and who may write there; the last release is as it was."
        )
        sys.exit(1)
    except Exception as error:
        if (told := failure_message(error)) is None:
            raise
        print_message(f"saring: {told} The last release is as it was.")
        sys.exit(1)


def _interrupted() -> NoReturn:
    """End with a sentence; a second Ctrl-C meanwhile changes nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    print_message("saring: interrupted; the last release is as it was, and the next build goes on from the batches already cleaned.")
    sys.exit(INTERRUPTED)


def _opened(file: str) -> Stream:
    from saring.core.errors import NoInputError  # noqa: PLC0415
    from saring.read.compression import PACKINGS, Stream  # noqa: PLC0415

    if file == "-":
        return Stream(cast("BufferedReader", sys.stdin.buffer), "")
    if not Path(file).is_file():
        raise NoInputError(f"{file}: expected a file of JSON Lines, found none. Check the path, or pass - to read standard input.")
    packing = Path(file).suffix.lower()
    return Stream(Path(file), packing if packing in PACKINGS else "")


def _pass(found: Iterator[tuple[list[dict[str, Any]], list[dict[str, Any]]]], rejects: Path | None) -> None:
    """Print what a filter gives as it comes; bad records go to stderr and, as JSON Lines, to a file."""
    with rejects.open("w", encoding="utf-8") if rejects else contextlib.nullcontext() as kept:
        for records, rejected in found:
            sys.stdout.writelines(json_safe(json.dumps(record, ensure_ascii=False)) + "\n" for record in records)
            sys.stdout.flush()
            for rejection in rejected:
                print_message(printable(f"saring: {rejection['source']}: {rejection['reason']}: {rejection['message']}"))
                if kept:
                    kept.write(json_safe(json.dumps(rejection, ensure_ascii=False)) + "\n")


def _show(explained: Explained) -> None:
    from rich.console import Console  # noqa: PLC0415

    from saring.cli.terminal import document_renderables  # noqa: PLC0415

    console = Console(highlight=False, soft_wrap=True)
    for part in document_renderables(explained, coloured=console.is_terminal):
        console.print(part)


if __name__ == "__main__":
    main()
