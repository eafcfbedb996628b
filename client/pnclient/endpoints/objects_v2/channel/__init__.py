"""Metadata of channels."""
