"""The manual as a site: pages of ``docs/`` and of elsewhere, and the reference, which is made of the code."""
