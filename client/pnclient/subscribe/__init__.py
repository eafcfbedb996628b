"""Subscriptions: what the client asks for, and how what it receives reaches listeners."""
