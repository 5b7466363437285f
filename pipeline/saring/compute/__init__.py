"""Running work: process pool, Dask pool, bisection of failing batches, time limits, shared and disk-backed arrays."""
