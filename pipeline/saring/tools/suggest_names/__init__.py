"""Suggest name variants that the registry lacks, each with its evidence; a person decides."""
