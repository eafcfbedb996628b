"""Filters as Python functions: fast on what messages usually hold, the interpreter's on the rest.

A filter becomes one expression of Python. It is written for the values that messages usually hold:
each *leaf*, a comparison or a bare operand, tests the exact types of the values that it reads, and
decides for those types alone. On anything else (an array, a subclass, a number that JSON doesn't
have, metadata that is no object) it calls ``odd``, which asks the interpreter about that very leaf.
So a leaf says ``True`` or ``False`` just as the interpreter does, and never anything else: where the
interpreter has a ``Reason``, ``odd`` raises ``Undecided``, and the caller asks the interpreter about
the whole filter. An integer that no double can hold ends the same way, by the ``OverflowError`` of
``isfinite``: ``LEFT`` has both.

That is all it takes. If every leaf that was looked at is decided, Kleene's logic is Python's
``and``, ``or`` and ``not``, in any order of the operands. And an undecided filter needs the reason of the
first undecided operand at each level, which the interpreter knows.

Texts, numbers, patterns and sets of the filter are parameters. Only the keys of its paths stand in the
source, quoted by ``repr``. So filters of the same shape have the same source, which is compiled once.

The code of a leaf is written in ``conditions`` and ``numbers``, by what a ``Leaf`` of ``fields`` says of how
fields are read. That of a compiled filter reads them itself; scanning has another, for decoded fields.

``generate`` writes a ``Program``; ``function_of`` is the quick way to a function of payload and
metadata; ``listing`` is the source for people.

What did not pay: ``dict[key]`` with ``KeyError`` for a missing field (5 % faster where the field is
there, five times slower where it isn't); all three verdicts in the generated code (twice as much of it,
so twice the time to compile, for messages that are rare); ``def`` inside a maker (a quarter more to
compile than a ``lambda`` whose constants are defaults); bounds of integers and of doubles apart (a third more to
compile); 1e30 as the bound of integers, which takes Python three times as long to compare with as ``isfinite``
takes to find that they have a double; the types of numbers in a tuple, of which the second is found by
comparing it with the first.
"""
