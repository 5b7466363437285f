"""Generate the parts of the documentation that follow from the code: `python -m docs.generator`, and `--check` to see whether they are current."""
