"""Access tokens: what stands in them, and which of them a request goes out with."""
