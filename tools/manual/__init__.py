"""The manual as a site: pages of ``docs/``, and a reference that is generated from the code."""
