"""Runs that were recorded: where they lie, how they get there, and what they tell over time.

`record.py`, `trend.py` and `difference.py` are plain data; `store.py` alone talks to a database. Nothing of
this is imported by a gate that records nothing. SQLAlchemy, Alembic and psycopg come with the extra
`history`.
"""
