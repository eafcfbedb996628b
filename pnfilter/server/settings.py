"""The settings of the emulator, and its limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypedDict

from pnfilter.semantics.assumptions import Assumptions

if TYPE_CHECKING:
    from pnfilter.semantics.assumptions import Assumed

#: Bytes of a message's payload (documented). A larger one is answered 413.
MAX_MESSAGE: Final = 32 * 1024
#: Bytes of a message's payload by version 2 of publish (read in SDKs), compressed or not.
MAX_LONG_MESSAGE: Final = 2 * 1024 * 1024
#: Bytes of a signal's payload (documented).
MAX_SIGNAL: Final = 64
#: Bytes of a request line (assumed: the service's own is not known). A longer one is answered 414.
MAX_REQUEST_LINE: Final = 32 * 1024
#: Bytes of a request's line and headers together that are read at all.
MAX_HEAD: Final = 256 * 1024
#: Headers of a request, and bytes of the values of those that are read; of others nothing is kept.
MAX_HEADERS: Final = 200
MAX_KEPT_HEADERS: Final = 8 * 1024
#: Parameters of a request: short ones take twenty times the memory of their text.
MAX_PARAMETERS: Final = 100
#: Bytes of requests behind one that waits for its answer. With more, reading pauses until then.
MAX_HELD: Final = 64 * 1024
#: Bytes of all requests together that have come in part, and of those behind others. With more, a
#: connection is closed that has more than an equal share of that.
MAX_PENDING: Final = 64 * 1024 * 1024
#: Bytes of all answers together that their clients have not taken. With more, the connection is
#: closed whose client has taken nothing for longest.
MAX_UNSENT: Final = 256 * 1024 * 1024
#: Connections at the same time. One more takes the place of the one that is idle for longest; if
#: none is idle, it is refused.
MAX_CONNECTIONS: Final = 20_000
#: Bytes of a request's body that are kept: a message at its limit, compressed badly.
MAX_BODY: Final = 2 * MAX_MESSAGE
#: Bytes of a body that is too large which are still read, so that the client sees the answer.
MAX_DISCARDED: Final = 64 * 1024 * 1024
#: Seconds that a connection may wait for a request; it is closed within a minute then.
IDLE_SECONDS: Final = 3_600
#: Seconds for the handshake of TLS.
HANDSHAKE_SECONDS: Final = 10
#: Seconds for the head of a request, from its first byte on.
HEAD_SECONDS: Final = 10
#: Seconds for the body of a request, and for what still comes after one that was refused early.
READING_SECONDS: Final = 30
#: Seconds in which a client takes an answer; until then it is kept in memory.
WRITING_SECONDS: Final = 30
#: Messages in one answer of a subscribe request (documented).
MAX_DELIVERED: Final = 100
#: Bytes of the name of a channel, group, user or keyset.
MAX_NAME: Final = 1024
#: Channels, and groups, that one request names.
MAX_NAMES: Final = 2_000
#: Keysets that are served at the same time where any key works.
MAX_KEYSETS: Final = 1_000
# Of each pair ``MAX_…`` and ``MAX_ALL_…`` the first is for one keyset, the second for all keysets
# together. ``quotas.py`` keeps a share of half of the second for every keyset. If shares are
# small, the other half is more than one keyset can take.

#: Channels whose last messages are kept for subscribers that come back, and bytes of memory for
#: these messages. A keyset that needs room drops its own least recently used channel.
MAX_CHANNELS: Final = 10_000
MAX_ALL_CHANNELS: Final = 30_000
MAX_QUEUED: Final = 64 * 1024 * 1024
MAX_ALL_QUEUED: Final = 192 * 1024 * 1024
#: Channels whose messages were dropped that way; the log warns if a subscriber of one returns.
MAX_EMPTIED: Final = 1_000
MAX_ALL_EMPTIED: Final = 10_000
#: Bytes of memory for waiting subscribe requests: 6,000 for each with its connection, up to 600
#: more for each channel or group, and three times their text (measured); about 10,000 requests.
MAX_WAITING_BYTES: Final = 80 * 1024 * 1024
MAX_ALL_WAITING_BYTES: Final = 240 * 1024 * 1024
#: Subscribers of one keyset that are counted one by one, and characters of their filters and names
#: of their channels together. Each takes 50 to 100 bytes, 320 in filters of the shortest
#: comparisons (measured), and more in names of more than 64 characters. Of those that don't wait,
#: the one not seen for longest goes first.
MAX_SUBSCRIBERS: Final = 10_000
MAX_FILTERS: Final = 500_000
MAX_ALL_FILTERS: Final = 1_500_000
#: Characters of the filters that were undecided, which the summary at the end names.
MAX_UNDECIDED: Final = 250_000
MAX_ALL_UNDECIDED: Final = 750_000
#: Seconds after which an absent user has left, where the client doesn't say (documented).
PRESENCE_SECONDS: Final = 300
#: Seconds after which it has left at the latest, whatever the client says (assumed).
MAX_PRESENCE_SECONDS: Final = 24 * 60 * 60
#: Bytes of memory for users on channels: about 600 for each pair of them (measured).
MAX_PRESENCE_BYTES: Final = 64 * 1024 * 1024
MAX_ALL_PRESENCE_BYTES: Final = 192 * 1024 * 1024
#: Users of one channel that one answer names (documented).
MAX_OCCUPANTS: Final = 1_000
#: Bytes of a user's state on a channel (assumed). A larger one is answered 413.
MAX_STATE: Final = 8 * 1024
#: Bytes of all states, with the names of their users and channels (assumed).
MAX_STATES_BYTES: Final = 16 * 1024 * 1024
MAX_ALL_STATES_BYTES: Final = 48 * 1024 * 1024
#: Channels of a group (documented).
MAX_GROUP_CHANNELS: Final = 2_000
#: Channels of all groups of one keyset together, each counted in every group it is in (assumed).
MAX_GROUPED: Final = 100_000
#: Bytes of the names in groups, and of what is kept beside them (assumed).
MAX_GROUPED_BYTES: Final = 32 * 1024 * 1024
MAX_ALL_GROUPED_BYTES: Final = 96 * 1024 * 1024
#: Channels that a device is registered for (assumed), and those of all devices of one keyset
#: together, counted once for every device.
MAX_DEVICE_CHANNELS: Final = 2_000
MAX_REGISTRATIONS: Final = 100_000
#: Bytes of the names in registrations, and of what is kept beside them (assumed).
MAX_REGISTERED_BYTES: Final = 32 * 1024 * 1024
MAX_ALL_REGISTERED_BYTES: Final = 96 * 1024 * 1024
#: Channels in one page of a device's (read in an SDK); without ``count`` all are listed.
MAX_LISTED_REGISTRATIONS: Final = 1_000
#: Faults of the control side at the same time.
MAX_FAULTS: Final = 1_000
#: Seconds by which a fault delays an answer.
MAX_DELAY_SECONDS: Final = 600
#: Answers that are delayed at the same time; others are sent at once.
MAX_DELAYED: Final = 1_000
#: Seconds by which time can be moved at once.
MAX_ADVANCE_SECONDS: Final = 30 * 24 * 3_600
#: Subscribers that are listed at once.
MAX_LISTED: Final = 1_000
#: The largest timetoken: with the one after it, in 63 bits.
MAX_TIMETOKEN: Final = 2**63 - 2
#: Hours that a message can be stored for; a longer time counts as this one.
MAX_TTL: Final = 10_000_000
#: Bytes of stored messages, in a file or in memory. A keyset without room drops its oldest ones.
MAX_STORED: Final = 1024 * 1024 * 1024
MAX_ALL_STORED: Final = 3 * 1024 * 1024 * 1024
MAX_STORED_IN_MEMORY: Final = 64 * 1024 * 1024
MAX_ALL_STORED_IN_MEMORY: Final = 192 * 1024 * 1024
#: Messages in one answer of history for one channel, for several, and with actions (documented).
MAX_HISTORY: Final = 100
MAX_HISTORY_OF_SEVERAL: Final = 25
MAX_HISTORY_WITH_ACTIONS: Final = 25
#: Channels that one history request names (documented), and one for counts (documented).
MAX_HISTORY_CHANNELS: Final = 500
MAX_COUNTED_CHANNELS: Final = 100
#: Messages that are counted in a channel; it has that many or more (documented).
MAX_COUNTED: Final = 10_000
#: Actions on one message, and in one answer of history with actions (documented).
MAX_ACTIONS: Final = 25_000
#: Bytes of all actions (assumed).
MAX_ACTIONS_BYTES: Final = 32 * 1024 * 1024
MAX_ALL_ACTIONS_BYTES: Final = 96 * 1024 * 1024
#: Actions in one answer of a list of them (documented).
MAX_LISTED_ACTIONS: Final = 100
#: Bytes of the id of a user or a channel in App Context (documented), characters of their status
#: and type (documented).
MAX_OBJECT_ID: Final = 92
MAX_STATUS: Final = 50
#: Bytes of the metadata of a user, a channel or a membership, as JSON (assumed).
MAX_OBJECT: Final = 32 * 1024
#: Users, and channels, with metadata in one keyset; and its memberships (assumed).
MAX_OBJECTS: Final = 10_000
MAX_MEMBERSHIPS: Final = 100_000
#: Memberships of one user, each of whose channels gets its changes, and of one channel (assumed).
MAX_CHANNELS_OF_USER: Final = 1_000
MAX_MEMBERS: Final = 10_000
#: Bytes of all metadata and memberships (assumed).
MAX_OBJECTS_BYTES: Final = 48 * 1024 * 1024
MAX_ALL_OBJECTS_BYTES: Final = 144 * 1024 * 1024
#: Users, channels or memberships in one answer (documented).
MAX_OBJECT_PAGE: Final = 100
#: Keys that a list of App Context is sorted by (assumed).
MAX_SORT_KEYS: Final = 10
#: Grants of one keyset, each of one channel, group or user to one auth key, and its revoked tokens
#: that have not expired (assumed); more are refused.
MAX_GRANTS: Final = 10_000
MAX_REVOCATIONS: Final = 100_000
#: Bytes of the grants, with names and auth keys, and of the revoked tokens (assumed).
MAX_GRANTED_BYTES: Final = 8 * 1024 * 1024
MAX_ALL_GRANTED_BYTES: Final = 24 * 1024 * 1024
MAX_REVOKED_BYTES: Final = 32 * 1024 * 1024
MAX_ALL_REVOKED_BYTES: Final = 96 * 1024 * 1024
#: Minutes for which something is granted to auth keys at most, and where the request doesn't say
#: (documented); 0 is without end.
MAX_GRANT_MINUTES: Final = 525_600
GRANT_MINUTES: Final = 1_440
#: Minutes for which a token may be granted (documented).
MAX_TOKEN_MINUTES: Final = 43_200
#: Characters of a token (assumed): it has to fit into a request line.
MAX_TOKEN: Final = 24 * 1024
#: Steps of matching names against the patterns of tokens, for one request (assumed): some tenths
#: of a second. What is not decided by then is no right.
MAX_PATTERN_STEPS: Final = 200_000
#: Seconds by which ``signature_window`` can be set.
MAX_SIGNATURE_WINDOW: Final = 24 * 3_600
#: Bytes of a file (documented). A larger one is answered 413, and nothing of it is kept.
MAX_FILE: Final = 5 * 1024 * 1024
#: Bytes of the name of a file (assumed).
MAX_FILE_NAME: Final = 1024
#: Files in one answer of a list of them (documented).
MAX_LISTED_FILES: Final = 100
#: Files, and their bytes with those of their names and channels, in a file or in memory (assumed).
#: The bytes of files that are still coming are among them.
MAX_FILES: Final = 10_000
MAX_ALL_FILES: Final = 50_000
MAX_FILES_BYTES: Final = 256 * 1024 * 1024
MAX_ALL_FILES_BYTES: Final = 1024 * 1024 * 1024
MAX_FILES_BYTES_IN_MEMORY: Final = 64 * 1024 * 1024
MAX_ALL_FILES_BYTES_IN_MEMORY: Final = 192 * 1024 * 1024
#: Bytes of a file that are read and written at once.
FILE_PART: Final = 64 * 1024
#: Addresses for uploads that were given away and neither used nor expired.
MAX_EXPECTED_UPLOADS: Final = 1_000
MAX_ALL_EXPECTED_UPLOADS: Final = 10_000
#: Uploads at the same time, each of which takes up to ``FILE_PART`` bytes of memory. One more is
#: answered 503.
MAX_UPLOADS: Final = 16
MAX_ALL_UPLOADS: Final = 2_000
#: Seconds for which an address for an upload, or one for reading a file, can be used (assumed).
UPLOAD_SECONDS: Final = 60
DOWNLOAD_SECONDS: Final = 3_600
#: Of the form that an upload is: fields beside the file, bytes of a value, bytes of a part's head.
MAX_FORM_FIELDS: Final = 32
MAX_FORM_VALUE: Final = 4 * 1024
MAX_FORM_HEAD: Final = 8 * 1024
#: Bytes of the whole form: the file, and what is around it.
MAX_FORM: Final = MAX_FILE + MAX_FORM_FIELDS * (MAX_FORM_VALUE + MAX_FORM_HEAD)
#: Bytes of a request in which the page sends messages to try filters on, and number of such
#: requests longer than ``MAX_BODY`` at the same time.
MAX_PAGE_BODY: Final = 32 * 1024 * 1024
MAX_PAGE_UPLOADS: Final = 4
#: Published messages that the page can show, and bytes of memory for them; the oldest go first.
MAX_LIVE: Final = 5_000
MAX_LIVE_BYTES: Final = 16 * 1024 * 1024
#: Seconds for which they are kept after the page has last asked for them, for which a request
#: waits for new ones, and for which messages are gathered into one answer.
LIVE_KEPT_SECONDS: Final = 120
LIVE_WAIT_SECONDS: Final = 25
LIVE_GATHER_SECONDS: Final = 0.1
#: Pages that wait for new messages at the same time.
MAX_LIVE_WAITING: Final = 100

#: An origin as browsers send it: a scheme, a host, and a port unless it is the usual one.
_ORIGIN: Final = re.compile(
    r"(?P<start>(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\]))"
    r"(?::(?P<port>[0-9]{1,5}))?"
)
_USUAL_PORTS: Final = {"http": "80", "https": "443"}
_MAX_PORT: Final = 65_535

Undecided = Literal["keep", "drop"]
FilterErrors = Literal["report", "silent"]


def origin_of(text: str) -> str:
    """Return an origin as browsers send it; raise ``ValueError`` for anything else."""
    found = _ORIGIN.fullmatch(text.lower())
    if found is None or int(found["port"] or 0) > _MAX_PORT:
        raise ValueError(
            f"allow_origin must be an origin such as https://app.example:8080, got {text!r}"
        )
    is_usual = found["port"] == _USUAL_PORTS.get(found["scheme"])
    return found["start"] if is_usual else found[0]


class Options(TypedDict, total=False):
    """The settings as keyword arguments."""

    poll_seconds: float
    queue: int
    history_limit: int
    store: Path | str | None
    undecided: Undecided
    assume: Assumed
    filter_errors: FilterErrors
    explain: bool
    signature_window: float
    allow_origin: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the emulator behaves; raise ``ValueError`` for a value that makes no sense.

    ``poll_seconds``: how long a subscribe request is held (the SDKs give up after 310 s).
    ``queue``: messages kept for each channel, for subscribers that come back.
    ``history_limit``: stored messages of each channel; the oldest go first.
    ``store``: the SQLite file, or None to keep everything in memory.
    ``undecided``: whether a message of which the filter's verdict is not known is delivered.
    ``assume``: what the service is taken to do where that isn't known, as ``pnfilter.compile``
    takes it; afterwards ``Assumptions``, or None.
    ``filter_errors``: a malformed filter is answered 481 (recorded), or with nothing ever.
    ``explain``: log why a message was held back.
    ``signature_window``: seconds by which the time in a signed request may be off (documented: 60).
    ``allow_origin``: the origins whose web pages may use it, such as ``https://app.example``;
    without any, all may.
    """

    poll_seconds: float = 270
    queue: int = 100
    history_limit: int = 1_000
    store: Path | str | None = None
    undecided: Undecided = "keep"
    assume: Assumed = None
    filter_errors: FilterErrors = "report"
    explain: bool = False
    signature_window: float = 60
    allow_origin: Sequence[str] = ()

    def __post_init__(self) -> None:
        for name, least, most in (
            ("poll_seconds", 0.05, 300),
            ("queue", 1, 100_000),
            ("history_limit", 0, 10_000_000),
            ("signature_window", 1, MAX_SIGNATURE_WINDOW),
        ):
            value = getattr(self, name)
            if not least <= value <= most:
                raise ValueError(f"{name} must be between {least:,} and {most:,}, got {value!r}")
        if self.undecided not in ("keep", "drop"):
            raise ValueError(f"undecided must be 'keep' or 'drop', got {self.undecided!r}")
        try:
            object.__setattr__(self, "assume", Assumptions.of(self.assume))
        except (TypeError, ValueError) as error:
            raise ValueError(f"assume: {error}") from None
        if self.filter_errors not in ("report", "silent"):
            raise ValueError(
                f"filter_errors must be 'report' or 'silent', got {self.filter_errors!r}"
            )
        if isinstance(self.allow_origin, str):
            raise ValueError(f"allow_origin must be a list of origins, got {self.allow_origin!r}")
        for origin in self.allow_origin:
            origin_of(origin)
