"""Properties are held against time limits nowhere: machines are noisy. Nothing is remembered between tests."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

os.environ["READINESS_CACHE"] = "off"
