"""What a comparison is, said once for all readers of a filter but the interpreter.

``bind.bind`` turns the tree into predicates (``predicates``), joined by ``AllOf`` and ``AnyOf``.
Engines match on them and derive nothing themselves. The interpreter stays on the tree and remains
the meaning: ``tests/binding`` holds predicates to it, reasons included.
"""
