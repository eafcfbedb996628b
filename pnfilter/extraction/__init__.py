"""Filters in source code and configuration: where they are, what they say, what fills their holes."""
