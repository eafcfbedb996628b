"""Whether what keysets hold is counted right."""

from __future__ import annotations

from pnfilter.server.store.messages import bytes_of_messages
from pnfilter.server.store.store import Store


def check_usage(store: Store) -> None:
    """The usage of each keyset is that of the rows, and the bounds go by it."""
    rows = store.database.rows
    usage = {
        (source, key): (number, size)
        for source, key, number, size in rows("SELECT * FROM usage WHERE number")
    }
    for source in _SOURCES:
        counts = rows(f"SELECT key, count(*) FROM {source} GROUP BY key")
        counted = {key: usage[of, key][0] for of, key in usage if of == source}
        assert counted == dict(counts), source
    quotas = store.quotas
    for quota, sources in (
        (quotas.actions, ("actions",)),
        (quotas.states, ("states",)),
        (quotas.groups, ("groups",)),
        (quotas.registrations, ("registrations",)),
        (quotas.objects, ("objects", "memberships")),
        (quotas.grants, ("grants",)),
        (quotas.revoked, ("revoked",)),
        (quotas.files, ("files", "file_parts")),
    ):
        for key in {key for _, key in usage}:
            size = sum(usage.get((source, key), (0, 0))[1] for source in sources)
            assert quota.used(key) == size, (sources, key)
        assert quota.total == sum(size for (of, _), (_, size) in usage.items() if of in sources)
    assert store.quotas.messages.all() == dict(bytes_of_messages(store.database))
    assert not rows("SELECT * FROM usage WHERE (number = 0) != (size = 0)")


_SOURCES = (
    *("actions", "states", "groups", "registrations", "objects", "memberships"),
    *("grants", "revoked", "files", "file_parts"),
)
