"""Sending to channels."""
