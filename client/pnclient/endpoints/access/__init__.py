"""Who may do what: granting it, taking it back, asking for it. All of it needs the secret key."""
