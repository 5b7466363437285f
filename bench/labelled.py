"""Development pages as texts whose lines are labelled: which share of each line's words stands in the body that a person marked.

The data are a folder of `aeb.jsonl.gz`, `readability.jsonl.gz` and `snippets.jsonl.gz` in `noise-dev`, beside a scorer
`noise_score.py` whose functions flatten markup. None of it is part of the project.
"""

from __future__ import annotations

import difflib
import gzip
import importlib.util
import json
import re
import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import polars as pl

from saring import extract, repair
from saring.core import ledger
from saring.core.tables import SCRAPE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path
    from types import ModuleType

__all__ = ["SETS", "Page", "aligned", "flattenings", "host_of", "load", "pages_of", "scorer", "site_of"]

SETS = ("aeb", "readability", "snippets")

#: Second-level names that registries hand out under: the site is one label further left.
_SHARED = {"co", "com", "org", "net", "gov", "ac", "edu", "go", "or", "blogspot", "wordpress", "github", "free", "over-blog", "test"}
_WORD = re.compile(r"\w+")
_SENTENCE_GAP = re.compile(r"(?<=[.!?…])\s+")
_WIDTH = 76


class Page(NamedTuple):
    """One text of one development page.

    Attributes:
        set, flattening, page, site: where it comes from; `flattening` begins with `gold` for a marked body that stands as a page of its own.
        text: as the noise step would receive it.
        labels: for each line the share of its words that the marked body holds in this place; NaN where it has none.
        trust: how far the labels are to be believed, 0 to 1.
    """

    set: str
    flattening: str
    page: str
    site: str
    text: str
    labels: list[float]
    trust: float


def load(data: Path, name: str) -> list[dict[str, Any]]:
    """Return the records of one of `SETS`."""
    with gzip.open(data / "noise-dev" / f"{name}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def scorer(data: Path) -> ModuleType:
    """Return the scorer that stands beside the data."""
    spec = importlib.util.spec_from_file_location("noise_score", data / "noise_score.py")
    if spec is None or spec.loader is None or not (data / "noise_score.py").exists():
        raise SystemExit(f"{data}: expected noise_score.py in it. Name the folder of the development data.")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def flattenings(data: Path) -> dict[str, Callable[[str], str]]:
    """Return the scorer's own functions from markup to flat text."""
    found: dict[str, Callable[[str], str]] = scorer(data).FLATTEN
    return found


def host_of(url: str) -> str:
    """Return what `saring.noise.site_lines` takes for the site of a URL."""
    return (urlsplit(url).hostname or "").removeprefix("www.")


def site_of(url: str) -> str:
    """Return the registered name of a URL's host, near enough to keep a site's pages in one fold."""
    labels = (urlsplit(url).hostname or url).removeprefix("www.").split(".")
    keep = 3 if len(labels) > 2 and labels[-2] in _SHARED else 2  # noqa: PLR2004 - labels of a host name
    return ".".join(labels[-keep:])


def pages_of(data: Path, name: str) -> list[Page]:
    """Return the labelled texts of one set: each page in each flattening, as extracted from its markup, and its marked body alone."""
    records = load(data, name)
    functions = flattenings(data)
    markup = _received([("text/html", record["html"]) for record in records])
    found = []
    for variant in [*functions, "html"]:
        texts = markup if variant == "html" else _received([("text/plain", functions[variant](record["html"])) for record in records])
        # The snippets' pages have no marked body: what the extractor finds in the markup stands in for it.
        golds = [record.get("gold") or markup[index] or "" for index, record in enumerate(records)]
        for record, text, gold in zip(records, texts, golds, strict=True):
            if text and gold:
                labels = aligned(text.split("\n"), gold)
                if "gold" not in record:
                    _correct(labels, text.split("\n"), record["have"], record["lack"])
                # Without a marked body, all that the extractor found is taken for text but the snippets: most of it is.
                trust = 1.0 if "gold" in record else 0.2 if variant == "html" else 0.4
                found.append(Page(name, variant, str(record["id"]), site_of(record["url"]), text, labels, trust))
    found += [_wrapped(page) for page in found if page.flattening == "blocks"]
    for record in records:
        if "gold" in record:
            paragraphs = [line.strip() for line in record["gold"].split("\n") if line.strip()]
            for flattening, text in _clean(paragraphs):
                labels = [1.0 if _WORD.search(line) else float("nan") for line in text.split("\n")]
                found.append(Page(name, flattening, str(record["id"]), site_of(record["url"]), text, labels, 1.0))
    return found


def _wrapped(page: Page) -> Page:
    """Return a page as a mail client or a terminal would have broken its lines; each piece has the label of its line."""
    lines, labels = [], []
    for line, label in zip(page.text.split("\n"), page.labels, strict=True):
        pieces = textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [line]
        lines += pieces
        labels += [label if _WORD.search(piece) else float("nan") for piece in pieces]
    return page._replace(flattening="wrapped", text="\n".join(lines), labels=labels, trust=page.trust * 0.25)


def _clean(paragraphs: list[str]) -> Iterator[tuple[str, str]]:
    """Yield a body as pages of its own, so that what is clean is known to stay: whole, in pieces, and with lines broken elsewhere."""
    yield "gold", "\n".join(paragraphs)
    yield "gold", "\n\n".join(paragraphs)
    yield "gold_wrapped", "\n\n".join("\n".join(textwrap.wrap(text, _WIDTH, break_on_hyphens=False)) for text in paragraphs)
    yield "gold_sentences", "\n".join(_SENTENCE_GAP.sub("\n", text) for text in paragraphs)
    for size in (1, 2, 4):
        for begin in range(0, min(3 * size, len(paragraphs)), size):
            yield "gold_piece", "\n\n".join(paragraphs[begin : begin + size])


def aligned(lines: Sequence[str], gold: str) -> list[float]:
    """Return for each line the share of its words that a monotone alignment with the gold body finds; NaN for lines without words."""
    words = [[word.lower() for word in _WORD.findall(line)] for line in lines]
    flat = [word for line in words for word in line]
    hit = bytearray(len(flat))
    matcher = difflib.SequenceMatcher(None, flat, [word.lower() for word in _WORD.findall(gold)], autojunk=False)
    for block in matcher.get_matching_blocks():
        hit[block.a : block.a + block.size] = b"\1" * block.size
    shares, done = [], 0
    for line in words:
        shares.append(sum(hit[done : done + len(line)]) / len(line) if line else float("nan"))
        done += len(line)
    return shares


def _correct(labels: list[float], lines: Sequence[str], have: Iterable[str], lack: Iterable[str]) -> None:
    """Set the labels of lines that hold a snippet which a person wanted, or did not want."""
    squashed = [re.sub(r"\s+", " ", line).strip() for line in lines]
    for snippets, value in ((lack, 0.0), (have, 1.0)):
        for snippet in (re.sub(r"\s+", " ", snippet).strip() for snippet in snippets):
            for index, line in enumerate(squashed):
                if snippet and snippet in line:
                    labels[index] = value


def _received(contents: Sequence[tuple[str, str]]) -> list[str | None]:
    """Return the texts as the noise step receives them; None for a page that is rejected before."""
    rows = {"id": [f"{number:020x}" for number in range(len(contents))], "media_type": [kind for kind, _ in contents]}
    rows |= {"content": [content for _, content in contents], "source": [f"line {number}" for number in range(len(contents))]}
    frame = pl.DataFrame(rows)
    scrapes = frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(dtype).alias(name) for name, dtype in SCRAPE.items()
    )
    pages, _ = extract.extract(scrapes)
    pages = ledger.apply(pages, repair.find_repairs(pages))
    texts = dict(pages.select("id", "text").iter_rows())
    return [texts.get(id_) for id_ in rows["id"]]
