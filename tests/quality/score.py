"""Quality scores on small sets of texts in our own words: noise removal, duplicate and translation pairs, passages, names.

    python -m tests.quality.score                   print every score beside its floor
    python -m tests.quality.score --raise           raise the floors to the scores where those are higher
    python -m tests.quality.score --rebase REASON   after a set has changed: record its digest, and set all floors of it to the scores

The sets are in `sets/`, the floors in `floors.toml`. A floor is lowered by hand only, with a `reason` beside it (`test_floors.py` checks that).
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import math
import re
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from saring import names, noise
from saring.config import Overlap, default_config
from saring.config import names as registry
from saring.config.toml_table import Table
from saring.corpus import overlaps
from saring.noise.site_line_counts import find_site_lines, line_occurrences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import numpy.typing as npt

    Mask = npt.NDArray[np.bool_]

__all__ = ["FAMILIES", "FLOORS", "SETS", "digest", "floors", "main", "scores"]

HERE = Path(__file__).parent
SETS = HERE / "sets"
FLOORS = HERE / "floors.toml"

#: Decimals of a floor; scores are rounded down to them, so that a floor is never above the score that it was taken from.
_DECIMALS = 3


def digest(name: str) -> str:
    """Return the SHA-256 hash of a set by its path in `sets/`, in which the floors record the version of the set they were taken on."""
    return hashlib.sha256((SETS / name).read_bytes()).hexdigest()


def load(name: str) -> dict[str, Any]:
    """Read a set by its path in `sets/`."""
    return tomllib.loads((SETS / name).read_text(encoding="utf-8"))


def unmark(marked: str) -> tuple[str, Mask]:
    """Remove the marks ⟦ and ⟧ from a text; also return a mask of the characters that stood between them, without white space."""
    characters, inside, is_marked = [], [], False
    for character in marked.strip():
        if character in "⟦⟧":
            is_marked = character == "⟦"
        else:
            characters.append(character)
            inside.append(is_marked and not character.isspace())
    return "".join(characters), np.array(inside, dtype=np.bool_)


def span_mask(text: str, spans: Iterable[tuple[int, int]]) -> Mask:
    """Return a mask of the characters of a text that are in one of the spans, without white space."""
    mask = np.zeros(len(text), dtype=np.bool_)
    for start, end in spans:
        mask[start:end] = True
    return mask & np.array([not character.isspace() for character in text], dtype=np.bool_)


def precision_recall_f1(name: str, true: int, predicted: int, expected: int) -> dict[str, float]:
    """Return precision, recall and F1 under `name`, from the numbers of true positives, of predictions and of expectations."""
    return {
        f"{name}.precision": true / predicted if predicted else 1.0,
        f"{name}.recall": true / expected if expected else 1.0,
        f"{name}.f1": 2 * true / (predicted + expected) if predicted + expected else 1.0,
    }


def mask_scores(name: str, pairs: Sequence[tuple[Mask, Mask]]) -> dict[str, float]:
    """Return precision, recall and F1 by characters, over pairs of a predicted and an expected mask."""
    true, predicted, expected = (
        int(sum(int(mask.sum()) for mask in masks)) for masks in ([p & e for p, e in pairs], [p for p, _ in pairs], [e for _, e in pairs])
    )
    return precision_recall_f1(name, true, predicted, expected)


@functools.cache
def _noise_pages() -> tuple[list[tuple[str, str]], pl.DataFrame, list[Mask]]:
    """Read the pages of `sets/noise/`: language and type of each, the texts as a table, and the masks of their noise."""
    files = [load(f"noise/{file.name}") for file in sorted((SETS / "noise").glob("*.toml"))]
    groups = [(file["language"], page["type"]) for file in files for page in file["page"]]
    texts, masks = zip(*(unmark(page["text"]) for file in files for page in file["page"]), strict=True)
    return groups, pl.DataFrame({"id": [f"{number:03d}" for number in range(len(texts))], "text": texts}), list(masks)


def _deleted(texts: pl.DataFrame, edits: pl.DataFrame) -> list[Mask]:
    """Return for each text the mask of the characters that edits cover."""
    spans = defaultdict(list)
    for id_, start, end in edits.select("id", "start", "end").iter_rows():
        spans[id_].append((start, end))
    return [span_mask(text, spans[id_]) for id_, text in texts.select("id", "text").iter_rows()]


def noise_scores() -> dict[str, float]:
    """Score noise removal (rules and line classifier, default settings) by characters: over all pages, per language and per type of page."""
    groups, texts, expected = _noise_pages()
    config = default_config()
    predicted = _deleted(texts, noise.find(texts, config.rules, noise.classifier_of(config.noise)))
    pairs = list(zip(predicted, expected, strict=True))
    found = mask_scores("noise.all", pairs)
    for place, kind in enumerate(("language", "type")):
        for value in sorted({group[place] for group in groups}):
            chosen = [pair for pair, group in zip(pairs, groups, strict=True) if group[place] == value]
            found |= mask_scores(f"noise.{kind}.{value}", chosen)
    return found


def review_scores() -> dict[str, float]:
    """Score the list of lines on which the classifier abstains: the share of it that is noise, and of the noise left on pages that it has."""
    _, texts, expected = _noise_pages()
    config = default_config()
    classifier = noise.classifier_of(config.noise)
    assert classifier is not None
    deleted = _deleted(texts, noise.find(texts, config.rules, classifier))
    listed = _deleted(texts, noise.doubtful(texts, config.rules, classifier))
    return mask_scores("review.all", [(some, noisy & ~gone) for some, noisy, gone in zip(listed, expected, deleted, strict=True)])


def site_scores() -> dict[str, float]:
    """Score noise removal on pages of one site with the table of its site lines."""
    stored = load("site.toml")
    texts, expected = zip(*(unmark(page["text"]) for page in stored["page"]), strict=True)
    ids = [str(number) for number in range(len(texts))]
    pages = pl.DataFrame({"id": ids, "text": texts, "url": [stored["url"] + id_ for id_ in ids]})
    config = default_config()
    table = find_site_lines(line_occurrences(pages))
    edits = noise.find(pages, config.rules, noise.classifier_of(config.noise), table)
    return mask_scores("site.all", list(zip(_deleted(pages, edits), expected, strict=True)))


def pair_scores() -> dict[str, float]:
    """Score the links between texts of one corpus by pair and kind: over all, and per kind (`template` is no duplicate, but a link)."""
    stored = load("pairs.toml")
    texts = {name: text.strip() for name, text in stored["texts"].items()}
    expected = {(*sorted(link.split()[:2]), link.split()[2]) for link in stored["links"]}
    table = pl.DataFrame({"id": list(texts), "text": list(texts.values()), "language": [name[:2] for name in texts]})
    predicted = set(overlaps.find_overlaps(table, Overlap()).select("a", "b", "kind").rows())
    found = precision_recall_f1("pairs.all", len(predicted & expected), len(predicted), len(expected))
    for kind in sorted({kind for *_, kind in expected}):
        of_kind = [{link for link in links if link[2] == kind} for links in (predicted, expected)]
        found |= precision_recall_f1(f"pairs.{kind}", len(of_kind[0] & of_kind[1]), *map(len, of_kind))
    return found


def passage_scores() -> dict[str, float]:
    """Score the passages of duplicates by characters, and the sentence pairs of translations by pairs of lines."""
    stored = load("passages.toml")
    masks = []
    for pair in stored["pair"]:
        (a, expected_a), (b, expected_b) = unmark(pair["a"]), unmark(pair["b"])
        passages = _passages(a, b, Overlap(contained_at=0.3, near_at=0.3, templates=False))
        masks.append((span_mask(a, [(p["a_start"], p["a_end"]) for p in passages]), expected_a))
        masks.append((span_mask(b, [(p["b_start"], p["b_end"]) for p in passages]), expected_b))
    found = mask_scores("passages.duplicates", masks)
    counts = np.zeros(3, dtype=np.int64)
    for pair in stored["aligned"]:
        a, b = pair["a"].strip(), pair["b"].strip()
        expected = {tuple(map(int, numbers.split())) for numbers in pair["lines"]}
        predicted = {
            (a.count("\n", 0, p["a_start"]) + 1, b.count("\n", 0, p["b_start"]) + 1) for p in _passages(a, b, Overlap(translated_at=0.01))
        }
        counts += [len(predicted & expected), len(predicted), len(expected)]
    return found | precision_recall_f1("passages.translations", *counts.tolist())


def _passages(a: str, b: str, settings: Overlap) -> list[dict[str, int]]:
    """Return the passages of the link between two texts, if there is one."""
    links = overlaps.find_overlaps(pl.DataFrame({"id": ["a", "b"], "text": [a, b]}), settings)
    return links["passages"][0].to_list() if links.height else []


def name_scores() -> dict[str, float]:
    """Score the correction of names by edits: an edit is right if span and replacement are."""
    stored = load("names.toml")
    listed = list(registry.parse_names(Table({"name": stored["name"]}, file="names.toml")))
    texts, expected = [], set()
    for number, entry in enumerate(stored["text"]):
        pieces = re.split(r"⟦([^→]*)→([^⟧]*)⟧", entry["text"].strip())
        text = ""
        for plain, variant, canonical in zip(pieces[::3], [*pieces[1::3], ""], [*pieces[2::3], ""], strict=True):
            text += plain
            if variant:
                expected.add((f"{number:02d}", len(text), len(text) + len(variant), canonical))
            text += variant
        texts.append((f"{number:02d}", text, None, entry["language"], entry.get("script", "Latn")))
    columns = dict.fromkeys(("id", "text", "title", "language", "language_script"), pl.String)
    edits = names.find(pl.DataFrame(texts, schema=columns, orient="row"), listed)
    predicted = set(edits.select("id", "start", "end", "replacement").rows())
    return precision_recall_f1("names.all", len(predicted & expected), len(predicted), len(expected))


#: Scores by family: a function, and the sets that it reads.
FAMILIES: dict[str, tuple[Callable[[], dict[str, float]], tuple[str, ...]]] = {
    "noise": (noise_scores, tuple(f"noise/{language}.toml" for language in ("de", "en", "es", "fr", "id"))),
    "review": (review_scores, tuple(f"noise/{language}.toml" for language in ("de", "en", "es", "fr", "id"))),
    "site": (site_scores, ("site.toml",)),
    "pairs": (pair_scores, ("pairs.toml",)),
    "passages": (passage_scores, ("passages.toml",)),
    "names": (name_scores, ("names.toml",)),
}


def scores(family: str) -> dict[str, float]:
    """Return the scores of a family by name, rounded down to the decimals of floors."""
    scale = 10**_DECIMALS
    return {name: math.floor(value * scale + 1e-9) / scale for name, value in FAMILIES[family][0]().items()}


def floors() -> dict[str, Any]:
    """Read floors.toml: `sets` (digest by set) and `floors` (by name of a score: `at`, `highest`, and a `reason` where `at` is lower)."""
    stored: dict[str, Any] = tomllib.loads(FLOORS.read_text(encoding="utf-8")) if FLOORS.exists() else {"sets": {}, "floors": {}}
    return stored


def write_floors(stored: dict[str, Any]) -> None:
    """Write floors.toml, sorted."""
    lines = [
        "# Floors of the quality scores on the sets in sets/. `at` is what a score must reach; `highest` is what it has reached. Where `at` is",
        "# lower, `reason` says why. Written by `python -m tests.quality.score --raise`; lowered by hand.",
        *(["", f'rebased = "{stored["rebased"]}"'] if "rebased" in stored else []),
        "",
        "[sets]",
        *(f'"{name}" = "{value}"' for name, value in sorted(stored["sets"].items())),
        "",
        "[floors]",
    ]
    for name, floor in sorted(stored["floors"].items()):
        reason = f', reason = "{floor["reason"]}"' if floor["at"] < floor["highest"] else ""
        lines.append(f'"{name}" = {{ at = {floor["at"]}, highest = {floor["highest"]}{reason} }}')
    FLOORS.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Print the scores beside their floors; raise or rebase floors if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--raise", dest="lift", action="store_true")
    parser.add_argument("--rebase", metavar="REASON")
    options = parser.parse_args()
    stored = floors()
    for family, (_, sets) in FAMILIES.items():
        changed = [name for name in sets if stored["sets"].get(name) != digest(name)]
        if changed and options.lift:
            parser.error(f"{', '.join(changed)}: changed since the floors were taken; give a reason to --rebase")
        for name, score in scores(family).items():
            floor = stored["floors"].get(name)
            print(f"{name:36s} {score:.3f}  floor {floor['at'] if floor else 'none'}")  # noqa: T201 - a command
            if options.rebase is not None and (changed or not floor):
                stored["floors"][name] = {"at": score, "highest": score}
            elif options.lift and floor and score > floor["at"]:
                stored["floors"][name] = floor | {"at": score, "highest": max(score, floor["highest"])}
    if options.rebase is not None:
        stored |= {"rebased": options.rebase, "sets": {name: digest(name) for _, sets in FAMILIES.values() for name in sets}}
    if options.rebase is not None or options.lift:
        write_floors(stored)


if __name__ == "__main__":
    main()
