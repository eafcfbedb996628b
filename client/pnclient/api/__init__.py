"""The calls that a client can make, one module per family, with what they take and return."""
