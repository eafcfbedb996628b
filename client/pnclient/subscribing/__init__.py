"""What the subscribe loop (``pnclient.subscribe``) and its driver are made of."""
