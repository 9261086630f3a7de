"""Checks that only Acme needs, as a package of its own."""
