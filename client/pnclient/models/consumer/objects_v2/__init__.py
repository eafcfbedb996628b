"""What listeners are told of metadata and memberships."""
