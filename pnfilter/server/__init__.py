"""The emulator: the service on loopback."""
