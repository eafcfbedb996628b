"""A client for the publish/subscribe service whose stream filters ``pnfilter`` reads.

Nothing is here yet: the package holds the name for the client to come.
"""
