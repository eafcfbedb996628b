"""Filters in source code and configuration: their positions, their texts, their holes."""
