"""Pauses logins and password checks of accounts and sources with too many failures."""

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
    """The window that counts failures of one IPv4 address, or of the /64 network that one IPv6 customer usually has."""
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return ThrottleWindow(throttles.SOURCE, source_ip, now)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    network = f"{address}/{64 if address.version == 6 else 32}"
    return ThrottleWindow(throttles.SOURCE, str(ipaddress.ip_network(network, strict=False)), now)


def raise_while_paused(pause: timedelta) -> None:
    """Raises TooManyAttempts while a pause remains. It does not reveal whether the password was correct."""
    if pause > timedelta():
        logger().warning("attempts_paused")
        raise TooManyAttempts(ceil(pause.total_seconds()))


def record_failure(*windows: ThrottleWindow) -> None:
    """Counts one failure in each window.

    Raises TooManyAttempts if parallel requests locked one of them meanwhile: the answer "wrong password" would allow
    one guess more than the limit."""
    pauses = [throttles.record_failure(window) for window in windows]
    raise_while_paused(max(pauses))
