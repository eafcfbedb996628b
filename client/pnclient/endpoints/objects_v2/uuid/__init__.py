"""Metadata of users."""
