"""The syntax tree as a Polars expression on typed columns."""
