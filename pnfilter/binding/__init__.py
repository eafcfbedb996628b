"""What a comparison is, defined once for all readers of a filter except the interpreter.

``bind.bind`` turns the tree into predicates (``predicates``), joined by ``AllOf`` and ``AnyOf``.
Engines match on them and derive nothing themselves. The interpreter reads the tree and defines the
meaning: ``tests/binding`` compares predicates with it, reasons included.
"""
