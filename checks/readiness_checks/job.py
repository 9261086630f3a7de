"""Jobs end, are tidied away, and start when they are meant to."""
