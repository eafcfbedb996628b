"""App Context: metadata of users and channels, and who is a member of what."""
