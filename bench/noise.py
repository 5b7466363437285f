"""Quality of noise removal: scores `saring clean` on labelled development pages, each judged by weights trained without its site.

    python bench/noise.py DATA [--sets SET ...] [--drop-at SCORE] [--weights FILE] [--rules] [--worst N] [--site-pages N] [--speed]

Needs lightgbm, as bench/train_lines.py does. DATA is the folder that bench/labelled.py reads. For each fold of sites the classifier is
trained on the other folds, and `saring clean` gets these weights through corpus.toml. `--weights` scores one file of weights instead,
`--rules` the rules without the classifier; `--sets` limits what is scored, not what is trained on. `--site-pages N` scores a second time with a table of the lines that stand on N pages of a site,
counted over all sets, since few sites have three pages here.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from bench import boosted_trees, labelled, train_lines
from saring.config import Noise, default_config
from saring.noise import site_lines
from saring.read.compression import Stream
from saring.tools import filters

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["main"]

_FLATTENINGS = ("inscriptis", "blocks", "html")
_LONG = 8


def main() -> None:
    """Parse arguments, train a classifier per fold of sites, clean each fold's pages, print the scores."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", choices=labelled.SETS, default=labelled.SETS)
    parser.add_argument("--drop-at", type=float)
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--worst", type=int, default=10)
    parser.add_argument("--site-pages", type=int)
    parser.add_argument("--speed", action="store_true")
    options = parser.parse_args()
    if options.speed:
        _speed(options.data)
        return
    with tempfile.TemporaryDirectory() as folder:
        configs = _configs(options, Path(folder))
        scorer = labelled.scorer(options.data)
        for name in options.sets:
            if "gold" in labelled.load(options.data, name)[0]:
                _bodies(options, scorer, name, configs)
            if "have" in labelled.load(options.data, name)[0]:
                _snippets(options, scorer, name, configs)


def _configs(options: argparse.Namespace, folder: Path) -> list[Path]:
    """Write a corpus.toml for each fold of sites, with weights trained on the other folds (or the given ones)."""
    settings = [f"drop_at = {options.drop_at}", f"keep_at = {min(options.drop_at, 0.3)}"] if options.drop_at is not None else []
    if options.rules:
        settings.append('off = ["classifier"]')
    elif not options.weights:
        trainer = train_lines.Trainer(
            train_lines.samples([page for name in labelled.SETS for page in labelled.pages_of(options.data, name)])
        )
    configs = []
    for fold in range(train_lines.FOLDS):
        weights = options.weights
        if not options.rules and not weights:
            weights = folder / f"{fold}.json"
            models = trainer.fit(left_out=fold)
            boosted_trees.write(models.lines, weights)
            boosted_trees.write(models.types, folder / f"{fold}.types.json")
        own = [f"weights = {json.dumps(str(weights))}"] if weights else []
        config = folder / f"{fold}.toml"
        config.write_text("\n".join(['[dataset]\nname = "bench"\n[noise]', *settings, *own]), encoding="utf-8")
        configs.append(config)
    return configs


def _clean(
    configs: Sequence[Path], records: Sequence[dict[str, Any]], sites: Sequence[str], table: Path | None = None
) -> list[dict[str, Any]]:
    """Return the output of `saring clean -` for each record, in order; an empty text where a record is rejected."""
    extra = ["--site-lines", str(table)] if table else []
    answers: dict[int, dict[str, Any]] = {}
    for fold, config in enumerate(configs):
        chosen = [index for index, site in enumerate(sites) if train_lines.fold_of(site) == fold]
        sent = "".join(json.dumps({**records[index], "id": index}) + "\n" for index in chosen)
        types = config.with_suffix(".types.json")
        patch = (
            f"import pathlib; from saring.noise import page_type; page_type.WEIGHTS = pathlib.Path({str(types)!r})"
            if types.exists()
            else ""
        )
        # Without workers, which would not see the other weights of page types.
        code = f"{patch}\nfrom saring.cli import main; main()"
        command = [sys.executable, "-c", code, "clean", "-", "--workers", "0", "--config", str(config), *extra]
        output = subprocess.run(command, input=sent, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False).stdout
        answers |= {answer["id"]: answer for answer in map(json.loads, output.splitlines())}
    return [answers.get(index, {"text": "", "edits": []}) for index in range(len(records))]


def _bodies(options: argparse.Namespace, scorer: Any, name: str, configs: Sequence[Path]) -> None:  # noqa: ANN401 - a module
    """Print precision, recall and F1 by 4-word shingles on the pages of a set whose body is marked, by flattening."""
    pages = labelled.load(options.data, name)
    sites = [labelled.site_of(page["url"]) for page in pages]
    for flattening in _FLATTENINGS:
        flat: Callable[[str], str] | None = scorer.FLATTEN.get(flattening)
        records = [{"url": page["url"], **({"text": flat(page["html"])} if flat else {"html": page["html"]})} for page in pages]
        answers = _clean(configs, records, sites)
        parts = [scorer.overlap(page["gold"], answer["text"]) for page, answer in zip(pages, answers, strict=True)]
        score = scorer.prf(parts)
        words = [scorer.word_f1(page["gold"], answer["text"]) for page, answer in zip(pages, answers, strict=True)]
        print(
            f"{name:12s} {flattening:11s} F1 {score['f1']:.4f}  P {score['p']:.4f}  R {score['r']:.4f}  word F1 {statistics.mean(words):.4f}",
            flush=True,
        )
        _print_groups(scorer, pages, parts, words, answers)
        if options.site_pages:
            _with_site_lines(options, scorer, (configs, records, sites), flat, (pages, parts))
        if flat:
            _inside(pages, [record["text"] for record in records], answers)
        if options.worst and name == "aeb":
            ranked = sorted(zip(map(scorer.page_f1, parts), parts, [page["url"] for page in pages], strict=True))
            for value, (_, extra, missed), url in ranked[: options.worst]:
                print(f"    {value:.3f}  extra {extra:.2f}  missed {missed:.2f}  {url}")
    records = [{"url": page["url"], "text": page["gold"]} for page in pages]
    cut = sum(
        len(edit["original"].strip()) for answer in _clean(configs, records, sites) for edit in answer["edits"] if not edit["replacement"]
    )
    print(f"{name:12s} gold        {cut / sum(len(page['gold']) for page in pages):.4%} of the characters cut")


def _with_site_lines(
    options: argparse.Namespace,
    scorer: Any,  # noqa: ANN401 - a module
    inputs: tuple[Sequence[Path], Sequence[dict[str, Any]], Sequence[str]],
    flat: Callable[[str], str] | None,
    alone: tuple[Sequence[dict[str, Any]], Sequence[Any]],
) -> None:
    """Print scores before and after a site-line table is used, over all pages and over the pages of listed sites."""
    config = dataclasses.replace(default_config(), noise=Noise(site_pages=options.site_pages))
    every = [page for name in labelled.SETS for page in labelled.load(options.data, name)]
    with tempfile.TemporaryDirectory() as folder:
        pool, table = Path(folder) / "pool.jsonl", Path(folder) / "table.parquet"
        received = ({"url": page["url"], **({"text": flat(page["html"])} if flat else {"html": page["html"]})} for page in every)
        pool.write_text("".join(json.dumps(record) + "\n" for record in received), encoding="utf-8")
        listed = filters.count_site_lines(Stream(pool, ""), config)
        listed.write_parquet(table)
        answers = _clean(*inputs, table)
    pages, parts = alone
    listed_sites = set(listed["site"])
    on_listed_sites = [index for index, page in enumerate(pages) if labelled.host_of(page["url"]) in listed_sites]
    new = [scorer.overlap(page["gold"], answer["text"]) for page, answer in zip(pages, answers, strict=True)]
    cuts = sum(edit["rule"] == site_lines.SITE_LINE_RULE for answer in answers for edit in answer["edits"])
    for label, chosen in (("all", range(len(pages))), (f"{len(on_listed_sites)} of such sites", on_listed_sites)):
        before, after = (scorer.prf([scores[index] for index in chosen]) for scores in (parts, new))
        print(f"    with {listed.height} site lines ({cuts} cuts), {label}: F1 {before['f1']:.4f} -> {after['f1']:.4f}")


def _inside(pages: Sequence[dict[str, Any]], texts: Sequence[str], answers: Sequence[dict[str, Any]]) -> None:
    """Print the share of noise deleted and of text kept between the first and the last long line of the body."""
    noisy_lines = deleted_lines = 0
    text_words = kept_words = 0
    for page, text, answer in zip(pages, texts, answers, strict=True):
        lines = [line.strip() for line in text.split("\n")]
        labels = np.array(labelled.aligned(lines, page["gold"]))
        words = np.array([len(line.split()) for line in lines])
        body = np.flatnonzero((labels >= 0.5) & (words >= _LONG))  # noqa: PLR2004 - half of its words
        remaining = {line.strip() for line in answer["text"].split("\n")} | {(answer.get("title") or "").strip()}
        for place in range(body[0], body[-1] + 1) if len(body) else ():
            stays = any(lines[place] in line for line in remaining) if len(lines[place]) > 60 else lines[place] in remaining  # noqa: PLR2004 - parts of long lines may go
            if labels[place] >= 0.5:  # noqa: PLR2004 - half of its words
                text_words, kept_words = text_words + int(words[place]), kept_words + int(words[place]) * stays
            elif labels[place] < 0.5:  # noqa: PLR2004 - half of its words
                noisy_lines, deleted_lines = noisy_lines + 1, deleted_lines + (not stays)
    deleted, kept = deleted_lines / max(noisy_lines, 1), kept_words / max(text_words, 1)
    print(f"    inside: {deleted:.3f} of {noisy_lines} noisy lines deleted, {kept:.4f} of {text_words} words of text kept")


def _print_groups(
    scorer: Any,  # noqa: ANN401 - a module
    pages: Sequence[dict[str, Any]],
    parts: Sequence[Any],
    words: Sequence[float],
    answers: Sequence[dict[str, Any]],
) -> None:
    """Print scores for each type or country of the pages, and how many pages of each type are guessed right."""
    for key in ("type", "country"):
        for value in sorted({page[key] for page in pages if key in page}):
            rows = [index for index, page in enumerate(pages) if page[key] == value]
            f1 = scorer.prf([parts[index] for index in rows])["f1"]
            right = statistics.mean(answers[index].get("page_type") == value for index in rows)
            guessed = f"  type right {right:.2f}" if key == "type" else ""
            print(f"    {value:14s} {len(rows):4d}  F1 {f1:.4f}  word F1 {statistics.mean(words[index] for index in rows):.4f}{guessed}")


def _snippets(options: argparse.Namespace, scorer: Any, name: str, configs: Sequence[Path]) -> None:  # noqa: ANN401 - a module
    """Print the shares of snippets that must come out and do, and of those that must not and do not, by flattening."""
    pages = labelled.load(options.data, name)
    sites = [labelled.site_of(page["url"]) for page in pages]
    for flattening in _FLATTENINGS:
        flat: Callable[[str], str] | None = scorer.FLATTEN.get(flattening)
        records = [{"url": page["url"], **({"text": flat(page["html"])} if flat else {"html": page["html"]})} for page in pages]
        texts = [scorer.squash(answer["text"]) for answer in _clean(configs, records, sites)]
        kept = [scorer.squash(snippet) in text for page, text in zip(pages, texts, strict=True) for snippet in page["have"]]
        gone = [scorer.squash(snippet) not in text for page, text in zip(pages, texts, strict=True) for snippet in page["lack"]]
        shares = statistics.mean(kept), statistics.mean(gone)
        print(
            f"{name:12s} {flattening:11s} snippets: mean {statistics.mean(shares):.4f}  kept {shares[0]:.4f}  gone {shares[1]:.4f}",
            flush=True,
        )


def _speed(data: Path) -> None:
    """Print the speed of the noise step on one core in MB/s, on the pages repeated ten times."""
    if os.environ.get("POLARS_MAX_THREADS") != "1":
        raise SystemExit("Set POLARS_MAX_THREADS=1: the figure is for one core.")
    from saring import noise  # noqa: PLC0415 - after the check

    config, functions, pages = default_config(), labelled.flattenings(data), labelled.load(data, "aeb")
    for flattening in ("inscriptis", "blocks"):
        texts = [functions[flattening](page["html"]) for page in pages]
        frame = pl.DataFrame({"id": [str(number) for number in range(10 * len(texts))], "text": texts * 10})
        size = int(frame["text"].str.len_bytes().sum()) / 1e6
        for label, classifier in (("rules", None), ("rules and classifier", noise.classifier_of(config.noise))):
            seconds = []
            for _ in range(4):
                started = time.process_time()
                noise.find(frame, config.rules, classifier)
                seconds.append(time.process_time() - started)
            print(f"{flattening:11s} {size:.1f} MB  {label:21s} {size / min(seconds):.1f} MB/s")


if __name__ == "__main__":
    main()
