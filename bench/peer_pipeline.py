"""What datatrove does with a folder of JSON Lines: its own filters, MinHash in its four stages, Parquet. Run by `bench/peer.py`.

Runs in an environment that has datatrove, in one process. Every step has the settings that datatrove, or its recipe of FineWeb, gives it; between the stages, documents
are kept uncompressed, which is what costs least.
"""

from __future__ import annotations

import sys
from pathlib import Path

from datatrove.executor import LocalPipelineExecutor  # type: ignore[import-not-found]  # stands in an environment of its own
from datatrove.pipeline.dedup import (  # type: ignore[import-not-found]  # as above
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig  # type: ignore[import-not-found]  # as above
from datatrove.pipeline.filters import (  # type: ignore[import-not-found]  # as above
    C4QualityFilter,
    FineWebQualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.readers import JsonlReader  # type: ignore[import-not-found]  # as above
from datatrove.pipeline.writers import JsonlWriter, ParquetWriter  # type: ignore[import-not-found]  # as above

__all__ = ["main"]


def main() -> None:
    """Run the stages, one after the other; the third argument names the order of filters."""
    raw, folder = Path(sys.argv[1]), Path(sys.argv[2])
    c4 = C4QualityFilter()
    gopher = (GopherRepetitionFilter(), GopherQualityFilter())
    # As in the recipe of FineWeb; C4's filter as it comes drops two pages of three, and what stands behind it has that much less to do.
    orders = {"c4": (c4, *gopher), "fineweb": (*gopher, C4QualityFilter(filter_no_terminal_punct=False))}
    filtered, signatures, buckets, removed = (str(folder / name) for name in ("filtered", "signatures", "buckets", "removed"))
    settings = MinhashConfig()
    stages = {
        "filter": (
            JsonlReader(str(raw)),
            *orders[sys.argv[3]],
            FineWebQualityFilter(),
            JsonlWriter(filtered, compression=None),
            MinhashDedupSignature(signatures, config=settings),
        ),
        "buckets": (MinhashDedupBuckets(signatures, buckets, config=settings),),
        "cluster": (MinhashDedupCluster(buckets, removed, config=settings),),
        "deduplicate": (JsonlReader(filtered), MinhashDedupFilter(removed), ParquetWriter(str(folder / "documents"))),
    }
    for name, stage in stages.items():
        tasks = settings.num_buckets if name == "buckets" else 1
        LocalPipelineExecutor(list(stage), tasks=tasks, workers=1, logging_dir=str(folder / "logs" / name)).run()


if __name__ == "__main__":
    main()
