"""What the client hands to programs, and nothing that it needs for itself."""
