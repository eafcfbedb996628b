"""Which hosts are this machine."""

from __future__ import annotations


def is_loopback(host: str) -> bool:
    """Whether what is sent to ``host`` stays on this machine.

    Only ``localhost`` and addresses count, whole: a resolver asks others for ``a.localhost`` and
    for ``localhost.``.
    """
    from ipaddress import IPv6Address, ip_address

    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback
