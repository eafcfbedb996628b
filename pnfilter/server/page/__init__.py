"""The playground's page: its files, its questions, and the messages published meanwhile."""
