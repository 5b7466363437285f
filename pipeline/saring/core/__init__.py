"""Shared foundations without knowledge of any step: errors, table schemas, the edit ledger, ids, dates, URLs, helpers for lines, strings and arrays."""
