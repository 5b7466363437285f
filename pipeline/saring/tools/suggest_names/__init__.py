"""Suggest variants of names that the name registry lacks, each with its evidence; a person decides."""
