"""Access tokens: what they are asked for, and what comes."""
