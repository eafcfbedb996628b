"""Engines that decide filters where the data is: SQL, DuckDB, Apache Spark.

Each gives the verdicts of the interpreter, or refuses by name what it can't decide exactly.
"""
