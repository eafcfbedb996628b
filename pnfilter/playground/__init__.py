"""The playground without its page and its connections: a request and its answer are dicts.

``answers`` has the operations, ``collections`` the messages that they are about, ``reading`` where
a filter's fields are in them, ``expected`` test sets, ``completing`` what may follow at a position
of a filter, ``snippets`` the filter in programs of each SDK. ``page/`` is what a browser gets.
"""
