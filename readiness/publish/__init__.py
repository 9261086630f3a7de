"""Saved verdicts, posted to the services where people look at a change.

One module per service, each ending in a `SERVICE`; `deliver.py` knows them by name and finds out where to
post, `rest.py` speaks HTTP, `remarks.py` takes from an outline what can stand at a line.

Nothing here can change a verdict: it was reached and written before, by another process.
"""
