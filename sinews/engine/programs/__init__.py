"""Compiled programs: which is which, where they are kept, and how the next run has them at once.

`digest` says what a function is, `folder` keeps bytes that only this user can have written, `ahead`
loads what the last run of the same words took, and `compiled` puts them together. Only the last
imports JAX.
"""
