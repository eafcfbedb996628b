"""Groups of channels, which are subscribed to as one."""
