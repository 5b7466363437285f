"""Development pages as texts whose lines are labelled: which share of each line's words stands in the body that a person marked.

The data are a folder `noise-dev` with a file `.jsonl.gz` for each of `SETS`, beside a scorer `noise_score.py` whose functions flatten
markup. None of it is part of the project.
"""

from __future__ import annotations

import codecs
import difflib
import functools
import gzip
import hashlib
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

SETS = ("aeb", "readability", "snippets", "wcxb", "fundus")

#: Flattenings of the pages of a set, where not all: the pages of `wcxb` have most of all lines, and minutes of markup.
_VARIANTS = {"wcxb": ("inscriptis", "blocks")}
#: The type of all pages of a set that has no field `type`.
_TYPES = {"aeb": "article", "fundus": "article", "readability": "article"}

#: Second-level names that registries hand out under: the site is one label further left.
_SHARED = {"co", "com", "org", "net", "gov", "ac", "edu", "go", "or", "blogspot", "wordpress", "github", "free", "over-blog", "test"}
#: A word; in scripts without spaces, a character.
_WORD = re.compile(r"[\u0E00-\u0EFF\u1000-\u109F\u1780-\u17FF\u3040-\u30FF\u3400-\u9FFF]|\w+")
_SENTENCE_GAP = re.compile(r"(?<=[.!?…])\s+")
_WIDTH = 76
#: Words of the runs that are aligned first, and pairs of words between two runs up to which these words are aligned one by one.
_RUN, _MOST_CELLS = 4, 4_000_000


class Page(NamedTuple):
    """One text of one development page.

    Attributes:
        set, flattening, page, site: where it comes from; `flattening` begins with `gold` for a marked body that stands as a page of its own.
        text: as the noise step would receive it.
        labels: for each line the share of its words that the marked body holds in this place; NaN where it has none.
        trust: how far the labels are to be believed, 0 to 1.
        url: of the page.
        type: the page's type as a person saw it; empty where nobody said.
    """

    set: str
    flattening: str
    page: str
    site: str
    text: str
    labels: list[float]
    trust: float
    url: str
    type: str


@functools.cache
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


@functools.cache
def pages_of(data: Path, name: str) -> list[Page]:
    """Return the labelled texts of one set: each page in each flattening, as extracted from its markup, and its marked body alone."""
    records = load(data, name)
    functions = flattenings(data)
    variants = _VARIANTS.get(name, (*functions, "html"))
    markup = _received([("text/html", record["html"]) for record in records]) if "html" in variants else [None] * len(records)
    pages = []
    for variant in variants:
        texts = markup if variant == "html" else _received([("text/plain", functions[variant](record["html"])) for record in records])
        # The snippets' pages have no marked body: what the extractor finds in the markup stands in for it.
        golds = [record.get("gold") or markup[index] or "" for index, record in enumerate(records)]
        for record, text, gold in zip(records, texts, golds, strict=True):
            if text and text.strip() and gold.strip():
                labels = aligned(text.split("\n"), gold)
                if "gold" not in record:
                    _correct(labels, text.split("\n"), record["have"], record["lack"])
                    # Without a marked body, all that the extractor found is taken for text but the snippets: most of it is.
                    trust = 0.2 if variant == "html" else 0.4
                else:
                    trust = _coverage(text, labels, gold)
                pages.append(_page(name, variant, record, text, labels)._replace(trust=trust))
    flat = [page for page in pages if page.flattening == "blocks"]
    pages += [_wrapped(page) for page in flat if name != "wcxb"]
    pages += [respelled for page in flat if page.type for respelled in _respelled(page)]
    for record in records:
        if "gold" in record:
            paragraphs = [line.strip() for line in record["gold"].split("\n") if line.strip()]
            for flattening, text in _clean(paragraphs):
                labels = [1.0 if _WORD.search(line) else float("nan") for line in text.split("\n")]
                pages.append(_page(name, flattening, record, text, labels))
            if len(paragraphs) % 4 == 0:
                text = "\n".join(paragraphs)
                pages.append(
                    _foreign(_page(name, "gold", record, text, [1.0 if _WORD.search(line) else float("nan") for line in paragraphs]))
                )
    return pages


def _page(name: str, flattening: str, record: dict[str, Any], text: str, labels: list[float]) -> Page:
    """Return one text of a record as a page that is trusted."""
    kind = record.get("type") or _TYPES.get(name, "")
    return Page(name, flattening, str(record["id"]), site_of(record["url"]), text, labels, 1.0, record["url"], kind)


def _coverage(text: str, labels: Sequence[float], gold: str) -> float:
    """Return how far labels are to be believed, by the share of the body that the text holds: a body that a script loads is not in it."""
    body = sum(len(line) for line, label in zip(text.split("\n"), labels, strict=True) if label >= 0.5)  # noqa: PLR2004 - half of its words
    return min(1.0, 1.5 * body / max(len(gold), 1)) ** 2


def _wrapped(page: Page) -> Page:
    """Return a page as a mail client or a terminal would have broken its lines; each piece has the label of its line."""
    lines, labels = [], []
    for line, label in zip(page.text.split("\n"), page.labels, strict=True):
        pieces = textwrap.wrap(line, _WIDTH, break_long_words=False, break_on_hyphens=False) or [line]
        lines += pieces
        labels += [label if _WORD.search(piece) else float("nan") for piece in pieces]
    return page._replace(flattening="wrapped", text="\n".join(lines), labels=labels, trust=page.trust * 0.25)


def _respelled(page: Page) -> Iterator[Page]:
    """Yield a page as if in a script without case, or without case and spaces (of a hundred pages, a dozen or two each), or in another language.

    Few of the pages are in such scripts and languages, and what tells text from noise there is much the same, in other units, but for the
    words that rules and weights know.
    """
    number = int(hashlib.sha256(page.page.encode()).hexdigest(), 16) % 12
    share = 1 if page.set == "wcxb" else 2
    if number < share:
        yield page._replace(flattening="caseless", text=page.text.lower(), trust=page.trust * 0.5)
    elif number < 3 * share:
        yield page._replace(flattening="spaceless", text="\n".join(map(_spaceless, page.text.split("\n"))), trust=page.trust * 0.5)
    if number % (4 if page.set == "wcxb" else 1) == 0:
        yield _foreign(page)._replace(flattening="foreign", trust=page.trust * 0.5)


def _foreign(page: Page) -> Page:
    """Return a page, and its URL, in a made-up language: with other letters for all letters of ASCII, so that no known word is in it."""
    address = urlsplit(page.url)
    return page._replace(text=codecs.encode(page.text, "rot13"), url=address._replace(path=codecs.encode(address.path, "rot13")).geturl())


def _spaceless(line: str) -> str:
    """Return a line in made-up ideographs: one for each two or three letters of a word, wide punctuation, no spaces between words."""

    def ideographs(match: re.Match[str]) -> str:
        number = int(hashlib.sha256(match[0].lower().encode()).hexdigest(), 16)
        return "".join(chr(0x4E00 + (number >> 12 * place) % 3000) for place in range(max(1, round(len(match[0]) / 2.6))))

    line = re.sub(
        r"(?<=[.,!?:;])\s", "", re.sub(r"(?<=[^\W\d_])\s(?=[^\W\d_])", "", re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", ideographs, line))
    )
    return re.sub(r"\.(?!\w)|(?<=[一-龥])\.", "。", line).translate(str.maketrans(",!?:;()", "、！？：；（）"))


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
    hit = _alignment([word for line in words for word in line], [word.lower() for word in _WORD.findall(gold)])
    shares, done = [], 0
    for line in words:
        shares.append(sum(hit[done : done + len(line)]) / len(line) if line else float("nan"))
        done += len(line)
    return shares


def _alignment(words: Sequence[str], gold: Sequence[str]) -> bytearray:
    """Return a flag for each word, 1 where a monotone alignment with the gold words finds it.

    Runs of four words are aligned first, since few of them repeat: 8 ms a page, where single words take seconds on the longest. Then what
    stands between two runs is aligned word by word.
    """
    hit = bytearray(len(words))
    begin = gold_begin = 0
    for block in _matches(_runs(words), _runs(gold)):
        end, gold_end = (block.a, block.b) if block.size else (len(words), len(gold))
        if begin < end and gold_begin < gold_end and (end - begin) * (gold_end - gold_begin) <= _MOST_CELLS:
            for inner in _matches(words[begin:end], gold[gold_begin:gold_end]):
                hit[begin + inner.a : begin + inner.a + inner.size] = b"\1" * inner.size
        if block.size:
            begin, gold_begin = block.a + block.size + _RUN - 1, block.b + block.size + _RUN - 1
            hit[block.a : begin] = b"\1" * (begin - block.a)
    return hit


def _matches(a: Sequence[Any], b: Sequence[Any]) -> Sequence[difflib.Match]:
    """Return the matching blocks of two sequences; the last one is empty."""
    return difflib.SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    """Return all runs of `_RUN` words."""
    return [tuple(words[place : place + _RUN]) for place in range(len(words) - _RUN + 1)]


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
