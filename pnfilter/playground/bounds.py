"""What the playground doesn't go beyond."""

from __future__ import annotations

from typing import Final

#: Characters of a filter: what doesn't fit a request line can't be sent to the service anyway.
MAX_FILTER: Final = 8_192
#: Messages of one collection; of a longer one the first.
MAX_MESSAGES: Final = 20_000
#: Characters of the text that a collection is read from.
MAX_TEXT: Final = 16 * 1024 * 1024
#: Collections that are kept for the next keystroke, and characters of their texts; the least
#: recently used one goes first.
MAX_COLLECTIONS: Final = 8
MAX_KEPT_TEXT: Final = 64 * 1024 * 1024
#: Seconds of one evaluation; messages that are not reached by then get no verdict.
MAX_SECONDS: Final = 2.0
#: Messages that the schema for hints and completion is derived from.
MAX_SAMPLES: Final = 2_000
#: Characters of a payload, and of metadata, in the list of messages, and of one shown as a whole.
MAX_ROW: Final = 300
MAX_SHOWN: Final = 50_000
#: Rows of the list that are marked in one answer, and columns of one.
MAX_MARKED: Final = 200
MIN_COLUMNS: Final = 10
MAX_COLUMNS: Final = 1_000
#: Fields that completion knows, values of one, and suggestions at a time.
MAX_FIELDS: Final = 500
MAX_VALUES: Final = 30
MAX_SUGGESTIONS: Final = 50
#: Unreadable lines of a text that are reported one by one.
MAX_COMPLAINTS: Final = 20
#: Characters of the expected verdicts of a test set.
MAX_EXPECTED: Final = 8 * MAX_MESSAGES
#: Characters of a case's name that someone gives.
MAX_NAME: Final = 200
#: Findings, and lines of the syntax tree, in one answer.
MAX_FINDINGS: Final = 50
MAX_TREE: Final = 500
