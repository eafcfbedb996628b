"""The members of channels."""
