"""What is added to messages after they were published."""
