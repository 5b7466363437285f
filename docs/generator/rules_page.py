"""The reference of the rules and names that come with saring, from its packs."""

from __future__ import annotations

from docs.generator.markdown import cell, code, head, table
from saring.config import names, rules

__all__ = ["render"]

_INTRODUCTION = """
The rule packs that come with saring, in the order in which they are tried: where several rules remove a line, the first names the edit. `saring rules test` runs their cases. To switch one off, or to keep a kind of noise, see
[write and test a rule](../how-to/write-a-rule.md#switch-rules-off); how they work together is explained in [noise](../explanation/noise.md).

Beside the rules stands the line classifier, with the ids `classifier` and `site-line`. `ftfy` is the id of repairs of encodings, and `name:NAME` that of corrected names.
"""


def render() -> str:
    """Return the page: kinds of noise, the rules of each pack, the packs of names."""
    kinds = table(["kind", "what it is"], [[code(kind), cell(meaning)] for kind, meaning in sorted(rules.KINDS.items())])
    return f"{head('Rules and names')}{_INTRODUCTION}\n## Kinds of noise\n\n{kinds}{_packs()}\n## Packs of names\n\n{_NAMES}\n{_names()}"


_NAMES = """Chosen by `[names] packs` in `corpus.toml`; `[names] off` leaves some of their names out.
"""


def _packs() -> str:
    packs: dict[str, list[list[str]]] = {}
    for rule in rules.load_packs():
        where = ", ".join(rule.languages) or "all"
        pack = rule.file.rsplit("/", 1)[-1].removesuffix(".toml")
        packs.setdefault(pack, []).append([code(rule.id), code(rule.kind), code(rule.scope), where, cell(rule.reason)])
    columns = ["rule", "kind", "scope", "languages", "why it is noise"]
    return "".join(f"\n## {pack}\n\n{table(columns, rows)}" for pack, rows in packs.items())


def _names() -> str:
    rows = [
        [code(pack), cell(name.canonical), name.kind, cell(", ".join(variant for group in name.groups for variant in group.variants))]
        for pack in names.pack_names()
        for name in names.load_pack(pack)
    ]
    return table(["pack", "name", "kind", "variants"], rows)
