"""Access tokens: what they contain, and which of them a request carries."""
