"""What the calls of App Context take and give, and what listeners are told of it."""
