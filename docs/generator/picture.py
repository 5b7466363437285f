"""The picture of the front page: what saring removes from a page, struck out in red, and what it corrects, in green; below it the page as it is published.

The page is the first example of docs/index.md, cleaned with the project's own corpus.toml, so the picture cannot show what saring does not do.
Every run of text has a set length, so it looks the same in whatever monospaced font the reader has.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

__all__ = ["example", "render"]

_HOME = Path(__file__).parents[2]

#: Columns of text in a panel; width of a column, height of a line, and margins, in pixels.
_COLUMNS, _COLUMN, _LINE, _MARGIN = 92, 8.4, 21, 22

_STYLE = """<style>
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; fill: #1f2328; white-space: pre }
  .head { font: 600 13px system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif; fill: #59636e }
  .removed { fill: #b42318; text-decoration: line-through }
  .added { fill: #1a6b38; font-weight: 600 }
  .panel { fill: #ffffff; stroke: #d1d9e0 }
  .removed-box { fill: #ffe3e0 }
  .added-box { fill: #d5f2de }
</style>"""


class _Run(NamedTuple):
    """A piece of text in one style: empty for text that stays, else `removed` or `added`."""

    text: str
    style: str = ""


def example() -> str:
    """Return the page as it was scraped: the first `text` block of docs/index.md."""
    index = (_HOME / "docs" / "index.md").read_text(encoding="utf-8")
    return str(re.findall(r"^```text\n(.*?)\n```$", index, flags=re.MULTILINE | re.DOTALL)[0])


def render() -> str:
    """Return the picture as SVG."""
    before, after = _marked(example())
    panels = [("As it was scraped", _wrapped(before)), ("As it is published", _wrapped(after))]
    width = _MARGIN * 4 + _COLUMNS * _COLUMN
    parts, top = [], float(_MARGIN)
    for title, lines in panels:
        height = len(lines) * _LINE + _MARGIN
        parts.append(f'<text class="head" x="{_MARGIN}" y="{top + 4:g}">{title}</text>')
        top += 14
        parts.append(f'<rect class="panel" x="{_MARGIN}" y="{top:g}" width="{width - 2 * _MARGIN:g}" height="{height:g}" rx="6"/>')
        for number, line in enumerate(lines):
            parts.extend(_drawn(line, 2 * _MARGIN, top + _MARGIN / 2 + (number + 1) * _LINE - 6))
        top += height + 1.5 * _MARGIN
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {top - _MARGIN / 2:g}" width="{width:g}" height="{top - _MARGIN / 2:g}" role="img">'
    title = "<title>A scraped page before and after cleaning: removed text is struck out in red, corrected text is green</title>"
    background = '<rect width="100%" height="100%" fill="#f6f8fa"/>'
    return "\n".join([head, title, _STYLE, background, *parts, "</svg>"]) + "\n"


def _marked(text: str) -> tuple[list[_Run], list[_Run]]:
    """Clean a text with `saring clean`, and return it with what was removed and added, and as it is published."""
    record = json.dumps({"id": "page", "text": text})
    command = [sys.executable, "-m", "saring.cli", "clean", "--workers", "0", "-"]
    done = subprocess.run(command, input=record, cwd=_HOME, capture_output=True, text=True, check=True)  # noqa: S603 - our own command
    cells = [_Run(character) for character in text]
    edits = [edit for edit in json.loads(done.stdout)["edits"] if edit["field"] == "text"]
    for step in dict.fromkeys(edit["step"] for edit in edits):
        cells = _edited(cells, [edit for edit in edits if edit["step"] == step])
    runs = [_Run("".join(cell.text for cell in group), style) for style, group in itertools.groupby(cells, key=lambda cell: cell.style)]
    return runs, [run for run in runs if run.style != "removed"]


def _edited(cells: list[_Run], edits: list[dict[str, Any]]) -> list[_Run]:
    """Make the edits of one step in the characters of a text; what is removed stays among them, marked, and offsets pass it by."""
    visible = [place for place, cell in enumerate(cells) if cell.style != "removed"]
    for edit in sorted(edits, key=lambda edit: -int(edit["start"])):
        old, new = edit["original"], edit["replacement"]
        head = _common_words(old, new)  # whole words are easier to read than letters
        tail = _common_words(old[head:][::-1], new[head:][::-1])
        places = visible[edit["start"] + head : edit["end"] - tail]
        for place in places:
            cells[place] = _Run(cells[place].text, "removed")
        end = places[-1] + 1 if places else visible[edit["start"] + head]
        cells[end:end] = [_Run(character, "added") for character in new[head : len(new) - tail]]
    return cells


def _common_words(old: str, new: str) -> int:
    """Return how many characters two strings begin with in common, up to the last space among them."""
    common = next((place for place, (one, two) in enumerate(zip(old, new, strict=False)) if one != two), min(len(old), len(new)))
    return old.rfind(" ", 0, common) + 1


def _wrapped(runs: list[_Run]) -> list[list[_Run]]:
    """Break runs into lines of at most `_COLUMNS` columns, at spaces; lines of the published page that hold nothing are left out."""
    lines: list[list[_Run]] = [[]]
    room = _COLUMNS
    for run in runs:
        for piece in re.findall(r"\n|[^\n ]+ *| +", run.text):
            if piece == "\n" or len(piece.rstrip()) > room:
                lines.append([])
                room = _COLUMNS
            if piece != "\n":
                lines[-1].append(_Run(piece, run.style))
                room -= len(piece)
    return [line for line in lines if line]


def _drawn(line: list[_Run], left: float, base: float) -> list[str]:
    """Return a line as SVG: neighbouring pieces of one style as one text, with a box behind what was removed or added."""
    joined: list[_Run] = []
    for run in line:
        if joined and joined[-1].style == run.style:
            joined[-1] = _Run(joined[-1].text + run.text, run.style)
        else:
            joined.append(run)
    parts, x = [], left
    for text, style in joined:
        width = len(text) * _COLUMN
        if style:
            parts.append(f'<rect class="{style}-box" x="{x:g}" y="{base - 15:g}" width="{width:g}" height="{_LINE - 1}" rx="2"/>')
        class_ = f' class="{style}"' if style else ""
        parts.append(
            f'<text{class_} x="{x:g}" y="{base:g}" textLength="{width:g}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">{escape(text)}</text>'
        )
        x += width
    return parts
