"""The playground's page at the emulator: files, questions from the page, what is published meanwhile."""
