"""Encryption of payloads and files, compatible with the official SDKs."""
