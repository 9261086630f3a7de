"""What a verdict looks like to people and to other programs.

The canonical JSON (`canonical.py`, `schemas/verdict.schema.json`) is the contract. Every other format
is made from it: `outline.py` orders, groups, cleans and counts once; a format lays that out and escapes
at its own edge; `formats.py` knows the formats by name, plug-ins included.
"""
