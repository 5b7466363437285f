"""All documents together: revisions of a page, duplicate clusters, choice of the kept document, splits, takedowns."""
