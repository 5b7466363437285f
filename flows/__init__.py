"""Prefect flows that build and publish a dataset, each step as one task."""
