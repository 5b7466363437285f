"""What all tests share: laws are tried without a clock, and nothing calls home."""

from __future__ import annotations

import os

from hypothesis import settings

# The machine may be busy: how long an example takes says nothing about whether the law holds. Before something lands the same examples
# are tried every time, so that what fails is what changed; at a desk new ones are, and `SARING_EXAMPLES=2000 make test` tries many.
settings.register_profile("desk", deadline=None, max_examples=int(os.environ.get("SARING_EXAMPLES", "100")))
settings.register_profile("landing", deadline=None, derandomize=True)
settings.load_profile("landing" if os.environ.get("CI") else "desk")

os.environ.update(DO_NOT_TRACK="1", HF_HUB_DISABLE_TELEMETRY="1", PREFECT_SERVER_ANALYTICS_ENABLED="false")
# The hub that tests publish to speaks Git LFS; Xet is a protocol of the real one alone.
os.environ.update(HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_PROGRESS_BARS="1")
