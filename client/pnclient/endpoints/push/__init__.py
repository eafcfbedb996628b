"""Registrations of devices for push notifications."""
