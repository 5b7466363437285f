"""Storage on local and remote file systems: fsspec paths, local copies of remote files, atomic writes, external sort, the content-addressed cache."""
