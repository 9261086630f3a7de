"""Exact sums of capacity, disruption, rollout and time: pure functions, no evidence, never binary floats."""
