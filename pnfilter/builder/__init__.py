"""Filters from Python values: ``F``, ``template`` and the literals that they write."""
