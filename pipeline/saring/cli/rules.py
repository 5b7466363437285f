"""Commands on rules: `saring rules test` runs their cases, `saring rules suggest` drafts new ones from a corpus."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003 - typer reads annotations
from typing import Annotated

import typer

from saring.cli.help import Group
from saring.cli.options import RAW, ConfigFile, Raw, load_or_default, print_message
from saring.cli.progress import show_progress
from saring.core.plurals import counted
from saring.core.printable import printable

__all__ = ["rules_app"]

rules_app = typer.Typer(cls=Group, help="Test the rules, or find new ones.", no_args_is_help=True)


@rules_app.command("test")
def run_cases(
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A rule pack; default: the packs and corpus.toml.")] = None,
    config: ConfigFile = None,
) -> None:
    """Run the cases of every rule: texts to cut or to leave alone."""
    from saring.config.rules import load_packs  # noqa: PLC0415
    from saring.noise import rule_cases  # noqa: PLC0415

    settings = load_or_default(config, "noise", "rule")
    rules = load_packs([file]) if file else settings.rules
    # A pack is tried among the rules beside which it will run, but for those that it replaces.
    own = {rule.id for rule in rules}
    beside = [rule for rule in settings.rules if rule.id not in own] if file else []
    failed = [failure for failure in rule_cases.failing_cases([*beside, *rules]) if failure.rule in own]
    for failure in failed:
        print_message(f"{failure.rule}: {failure.text!r}\n  expected: {failure.expected}\n  found:    {failure.found}")
    total = sum(len(rule.fires) + len(rule.spares) for rule in rules)
    if failed:
        print_message(
            f"{len(failed):,} of {counted(total, 'case')} of {counted(len(rules), 'rule')} {'does' if len(failed) == 1 else 'do'} not hold."
        )
        raise typer.Exit(1)
    print_message(f"{counted(total, 'case')} of {counted(len(rules), 'rule')} {'holds' if total == 1 else 'hold'}.")


@rules_app.command("suggest")
def rules_suggest(
    raw: Raw = RAW,
    config: ConfigFile = None,
    toml: Annotated[bool, typer.Option("--toml", help="Print rules for corpus.toml alone.")] = False,  # noqa: FBT002 - a flag is one
) -> None:
    """Suggest rules for lines and strings that pages of a site repeat.

    Each suggestion comes with counts, contexts and a rule in TOML; nothing is applied until you write it to corpus.toml.
    """
    from saring.tools.suggest_rules.suggest import suggest_rules  # noqa: PLC0415

    with show_progress() as on_progress:
        suggestions = suggest_rules(raw, load_or_default(config), on_progress)
    for suggestion in suggestions:
        if not toml:
            contexts = "".join(f"    {printable(context.replace(chr(10), ' / '))}\n" for context in suggestion.contexts)
            where = f"{counted(suggestion.places, 'place')} on {counted(suggestion.pages, 'page')} of {printable(suggestion.group)}"
            print(f"{suggestion.candidate_type}: {suggestion.text!r}: {where}\n{contexts}")
        print(suggestion.toml)
    advice = "Write those that you accept to corpus.toml, then run `saring rules test`."
    print_message(f"{counted(len(suggestions), 'suggestion')}. {advice}" if suggestions else "0 suggestions.")
