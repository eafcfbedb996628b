"""Filters as Python functions: fast on usual messages, the interpreter's result on the rest.

A filter becomes one Python expression, written for the values that messages usually hold. Each
*leaf*, a comparison or a bare operand, tests the exact types of its values, and decides for those
types alone. For any other value (an array, a subclass, a number that JSON doesn't have, metadata
that isn't an object) it calls ``fallback``, which evaluates that leaf with the interpreter. So a
leaf returns the interpreter's ``True`` or ``False`` and nothing else. If the interpreter returns a
``Reason``, ``fallback`` raises ``Bailout``, and the caller interprets the whole filter. An integer
that no double can hold ends the same way, by the ``OverflowError`` of ``isfinite``: ``BAILOUTS``
has both.

That is enough. If every leaf that was evaluated is decided, Kleene's logic is Python's ``and``,
``or`` and ``not``, in any order of the operands. An undecided filter needs the reason of the first
undecided operand at each level, which the interpreter knows.

Strings, numbers, patterns and sets of the filter are parameters. Only the keys of its paths are in
the source, quoted by ``repr``. So filters of the same shape have the same source, which is compiled
once.

``leaves`` and ``numbers`` write the code of a leaf; a ``FieldSource`` says how to read
fields. A compiled filter reads them itself; scanning reads decoded fields.

``generate`` writes a ``Program``; ``function_of`` directly returns a function of payload and
metadata; ``listing`` is the source for people.

What did not pay:

* ``dict[key]`` with ``KeyError`` for a missing field: 5 % faster if the field is there, five times
  slower if it isn't.
* All three verdicts in the generated code: twice the code and time to compile, for rare messages.
* ``def`` inside a maker: a quarter more to compile than a ``lambda`` with constants as defaults.
* Separate bounds for integers and doubles: a third more to compile.
* 1e30 as the bound of integers: comparing with it takes three times as long as ``isfinite``.
* The types of numbers in a tuple: Python finds the second by comparing it with the first.
"""
