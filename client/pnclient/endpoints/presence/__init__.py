"""Who is where, and with what state."""
