"""Files: sent, listed, read, deleted, and told of."""
