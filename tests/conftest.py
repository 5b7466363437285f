"""What all tests share: laws are tried without a clock, and nothing calls home."""

from __future__ import annotations

import os

from hypothesis import settings

# The machine may be busy: how long an example takes says nothing about whether the law holds.
settings.register_profile("saring", deadline=None)
settings.load_profile("saring")

os.environ.update(DO_NOT_TRACK="1", HF_HUB_DISABLE_TELEMETRY="1", PREFECT_SERVER_ANALYTICS_ENABLED="false")
