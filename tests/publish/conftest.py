"""Every test of this folder runs in the environment of `posting.py`."""

from tests.publish.posting import environment

__all__ = ["environment"]
