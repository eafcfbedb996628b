"""The playground without its page and its connections: what is asked as a ``dict``, what is answered as one.

``answers`` has the operations, ``collections`` the messages that they are about, ``judging`` the verdicts,
``completing`` what may stand at a place of a filter, ``snippets`` the filter in programs of each SDK.
``page/`` is what a browser gets.
"""
