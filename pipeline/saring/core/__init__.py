"""Shared foundations, independent of any pipeline step: errors, table schemas, the edit ledger, ids, dates, URLs, helpers for lines, strings and arrays."""
