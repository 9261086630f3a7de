"""Unit tests of alert rules, written from the rules themselves.

`solve` chooses series that make a condition true or false, `values` computes what an expression gives on
them, and `wording` fills in the templates of labels and annotations. `readiness.rule_test_skeleton` puts them
together.
"""
