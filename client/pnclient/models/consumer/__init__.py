"""Results of calls, events that were received, and statuses."""
