"""Prefect flows: build and publish a dataset, each step as one task."""
