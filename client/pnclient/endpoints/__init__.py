"""One builder for each operation: what it takes, what it sends, and what its answer means."""
