"""Prefect settings of the flows, set as environment variables; must be imported before prefect.

Telemetry is off, and the embedded server gets the time that it needs to start on a small machine (13 to 20 s measured; Prefect's default is
20).
"""

from __future__ import annotations

import os

__all__ = ["READ_RETRIES"]

#: Retries of the step that reads scrapes, which may lie on a network file system. A judgement.
READ_RETRIES = 2

for name, value in {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
}.items():
    os.environ.setdefault(name, value)
