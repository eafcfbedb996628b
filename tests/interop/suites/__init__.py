"""Run the test suites of official SDKs, which others wrote, against the emulator."""
