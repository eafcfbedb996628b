"""The channels that users are members of."""
