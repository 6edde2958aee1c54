"""Throttling: after too many failures, an account or a source address must wait before the next password check."""

import ipaddress
from datetime import datetime, timedelta
from math import ceil

from functions.auth.emails import uniqueness_key
from functions.auth.errors import TooManyAttempts
from shared.db.auth import throttles
from shared.db.auth.throttles import ThrottleWindow
from shared.observability import logger


def account_window(email: str, now: datetime) -> ThrottleWindow:
    """The window that counts failures of this address, whether or not it has an account."""
    return ThrottleWindow(throttles.ACCOUNT, uniqueness_key(email), now)


def source_window(source_ip: str, now: datetime) -> ThrottleWindow:
    """The window that counts failures of a source address. An IPv6 address is counted under its /64 network, because
    one customer usually has the whole network."""
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return ThrottleWindow(throttles.SOURCE, source_ip, now)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    network = f"{address}/{64 if address.version == 6 else 32}"
    return ThrottleWindow(throttles.SOURCE, str(ipaddress.ip_network(network, strict=False)), now)


def raise_while_paused(pause: timedelta) -> None:
    """Raises TooManyAttempts while a pause remains. The error does not reveal whether the password was correct."""
    if pause > timedelta():
        logger().warning("attempts_paused")
        raise TooManyAttempts(ceil(pause.total_seconds()))


def record_failure(*windows: ThrottleWindow) -> None:
    """Counts one failure in each window.

    Raises TooManyAttempts if parallel requests have locked one of them since it was read: a response "wrong password"
    would confirm one more guess than the limit allows. Raises StoreUnavailable."""
    pauses = [throttles.record_failure(window) for window in windows]
    raise_while_paused(max(pauses))
