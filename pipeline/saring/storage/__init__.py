"""Files at any place: fsspec paths, local copies of remote files, atomic writes, external sort, the content-addressed cache of step outputs."""
