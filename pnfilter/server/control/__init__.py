"""The control side: how a test steers the emulator while clients are connected to it."""
