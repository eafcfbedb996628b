"""The control side: how a test controls the emulator while clients are connected to it."""
