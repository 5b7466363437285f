"""Agreement of candidates for the head of a flat page: with the words of its body, with its address, with its other lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import numpy as np
import polars as pl

from saring.noise.head_dates import address_date

if TYPE_CHECKING:
    import numpy.typing as npt

    Features = npt.NDArray[np.float32]
    Flags = npt.NDArray[np.bool_]
    Rows = npt.NDArray[np.int64]

__all__ = ["addresses", "agreement_features", "lead_tokens", "small_in_body", "title_key"]

_SMALL_WORD = r"\b\p{Ll}{3,}\b"
#: Words that carry meaning: of four letters or more; in Chinese, Japanese and Korean single ideographs, and syllables by twos.
_MEANINGFUL = r"\p{Han}|\p{Hangul}{2}|\p{Katakana}{2}|[\p{L}\p{M}&&[^\p{Han}\p{Hangul}\p{Katakana}\p{Hiragana}]]{4,}"
_SLUG_TOKEN = re.compile(r"[^\W_]{2,}")
#: Words of an address that name no page.
_SLUG_STOPS = frozenset(
    ("html", "htm", "php", "aspx", "amp", "index", "article", "articles", "news", "story", "blog", "posts", "post", "txt")
)
#: A slug names a page if it has so many words. A judgement.
_SLUG_WORDS = 2
_SITE_SUFFIX = r"\s+[-–—|·•»:]\s+[^\n]{1,60}$"
_KEY_TAIL = r"((?:\S+ ){2}\S+|\p{Han}.{4,})$"


def title_key(text: pl.Expr) -> pl.Expr:
    """Return the comparison key of a title: its letters and digits in lower case, single spaces between words."""
    return text.str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}\p{N}]+", " ").str.strip_chars()


def lead_tokens(lines: pl.DataFrame, first: Rows, last: Rows, is_searched: Flags) -> pl.DataFrame:
    """Return the words of the first lines of the best runs of prose, as columns `document` and `token`."""
    row = np.arange(lines.height)
    chosen = lines.select("document", "folded").filter(pl.Series(is_searched & (row >= first) & (row <= last)))
    return chosen.select("document", pl.col("folded").str.extract_all(_MEANINGFUL).alias("token")).explode("token").drop_nulls().unique()


def small_in_body(lines: pl.DataFrame, table: pl.DataFrame, in_body: Flags) -> Features:
    """Return how many words of each candidate that names someone the body writes small: names are never written so, labels often."""
    named = table.filter(pl.col("names").list.len() > 0).select("row", "document", "folded")
    words = named.select("row", "document", pl.col("folded").str.extract_all(r"\p{L}{3,}").list.unique().alias("word")).explode("word")
    chosen = lines.select("document", "text").filter(pl.Series(in_body)).join(named.select("document").unique(), on="document", how="semi")
    body = chosen.select("document", pl.col("text").str.extract_all(_SMALL_WORD).list.unique().alias("word")).explode("word")
    hits = words.join(body.unique(), on=["document", "word"], how="semi").group_by("row").agg(pl.len().alias("hits"))
    joined = table.select("row").join(hits, on="row", how="left", maintain_order="left")["hits"]
    return joined.fill_null(0).cast(pl.Float32).to_numpy()


def addresses(pages: pl.DataFrame) -> pl.DataFrame:
    """Return the words of each page's address or file name (`id`, `slug`), and the date in it (`address_date`, or null)."""
    slugs = [_slug(url) or _slug(source) for url, source in pages.select("url", "source").rows()]
    return pages.select("id", pl.Series("slug", slugs, dtype=pl.List(pl.String)), address_date())


def _slug(address: str | None) -> list[str]:
    """Return the words of the part of an address that names its page: the part with the most words, in lower case without accents."""
    path = unquote(urlsplit(address).path) if address and "://" in address else (address or "").partition("#")[0]
    candidates = [
        [word for word in _SLUG_TOKEN.findall(part.lower()) if not word.isdigit() and word not in _SLUG_STOPS] for part in path.split("/")
    ]
    words = max(candidates, key=len, default=[])
    return words if len(words) >= _SLUG_WORDS else []


def agreement_features(table: pl.DataFrame, lead: pl.DataFrame, own_addresses: pl.DataFrame) -> dict[str, Features]:
    """Compute features of agreement: with the words of the body, with the page's address, with other lines of the page."""
    tokens = (
        table.select("row", "document", "id", pl.col("folded").str.extract_all(_MEANINGFUL).list.unique().alias("token"))
        .explode("token")
        .drop_nulls()
    )
    in_lead = lead.with_columns(pl.lit(value=True).alias("in_lead"))
    retold = (
        tokens.join(in_lead, on=["document", "token"], how="left")
        .group_by("row")
        .agg(
            pl.col("in_lead").fill_null(value=False).mean().alias("retold"),
            pl.col("in_lead").fill_null(value=False).sum().alias("retold_words"),
        )
    )
    plain = pl.col("text").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}+", "").str.replace_all("ß", "ss")
    # German addresses spell "ä" as "ae": the first letters decide, and a word may be cut.
    words = table.select("row", "id", plain.str.extract_all(r"[\p{L}\p{N}]{2,}").list.unique().alias("word")).explode("word").drop_nulls()
    slug_words = own_addresses.select("id", pl.col("slug").alias("word")).explode("word").drop_nulls().unique()
    matches = words.join(slug_words, on=["id", "word"], how="semi").group_by("row").agg(pl.len().alias("hits"))
    sizes = words.group_by("row").agg(pl.len().alias("size"))
    joined = (
        table.select("row", "id", "document", "key", "key_hash", "text")
        .join(retold, on="row", how="left")
        .join(matches, on="row", how="left")
        .join(sizes, on="row", how="left")
        .join(own_addresses.select("id", pl.col("slug").list.n_unique().alias("slug_size"), "address_date"), on="id", how="left")
        .sort("row")
    )
    hits = pl.col("hits").fill_null(0)
    bare = title_key(pl.col("text").str.replace(_SITE_SUFFIX, ""))
    values = joined.with_columns(bare.alias("bare")).select(
        pl.col("retold").fill_null(0),
        pl.col("retold_words").fill_null(0),
        pl.col("slug_size").fill_null(0).clip(0, 12),
        (hits / pl.col("slug_size").clip(1)).fill_null(0).alias("slug_share"),
        (hits / pl.col("size").clip(1)).fill_null(0).alias("in_slug"),
        pl.len().over("document", "key").clip(0, 5).alias("repeats"),
        (pl.len().over("document", "bare") > pl.len().over("document", "key")).alias("repeats_with_suffix"),
        (pl.col("bare") != pl.col("key")).alias("has_suffix"),
        (pl.col("slug_size").fill_null(0) > 0).alias("has_slug"),
        pl.col("address_date").is_not_null().alias("has_address_date"),
    )
    features = {name: values[name].cast(pl.Float32).to_numpy() for name in values.columns}
    dated = table.select((pl.col("created").dt.date() - joined["address_date"]).dt.total_days().abs().alias("days"))["days"]
    features["days_from_address"] = dated.cast(pl.Float32).fill_null(-1).clip(-1, 400).to_numpy()
    features |= _tail_features(table)
    document = table["document"]
    for name in ("slug_share", "in_slug", "retold_words", "retold"):
        best = (
            pl.DataFrame({"document": document, "value": features[name]}).select(pl.col("value").max().over("document"))["value"].to_numpy()
        )
        features[f"{name}_behind_best"] = (best - features[name]).astype(np.float32)
    return features


def _tail_features(table: pl.DataFrame) -> dict[str, Features]:
    """Compute whether a candidate ends as another of its page reads, as breadcrumbs do, and whether another ends as it reads."""
    # Keys of three words or more, compared by their last three: enough to tell titles of one page apart.
    tails = table.select("row", "document", "key", pl.col("key").str.extract(_KEY_TAIL).alias("tail")).drop_nulls("tail")
    pairs = tails.join(tails, on=["document", "tail"]).filter(
        (pl.col("key") != pl.col("key_right")) & pl.col("key").str.ends_with(pl.col("key_right"))
    )
    row = table["row"]
    return {
        "ends_as_other": row.is_in(pairs["row"].implode()).cast(pl.Float32).to_numpy(),
        "is_end_of_other": row.is_in(pairs["row_right"].implode()).cast(pl.Float32).to_numpy(),
    }
