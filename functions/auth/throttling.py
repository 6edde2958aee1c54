"""Who has failed too often to try again now."""

import ipaddress
from datetime import datetime, timedelta
from math import ceil

from functions.auth.emails import uniqueness_key
from functions.auth.errors import TooManyAttempts
from shared.db.auth import throttles
from shared.db.auth.throttles import ThrottleWindow
from shared.observability import logger


def account_count(email: str, now: datetime) -> ThrottleWindow:
    """Known and unknown addresses are counted alike."""
    return ThrottleWindow(throttles.ACCOUNT, uniqueness_key(email), now)


def source_count(source_ip: str, now: datetime) -> ThrottleWindow:
    """One IPv4 address, or the /64 that one IPv6 customer usually has."""
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return ThrottleWindow(throttles.SOURCE, source_ip, now)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    network = f"{address}/{64 if address.version == 6 else 32}"
    return ThrottleWindow(throttles.SOURCE, str(ipaddress.ip_network(network, strict=False)), now)


def raise_while_paused(left: timedelta) -> None:
    """Raises TooManyAttempts while there is a pause left, without saying whether the password was right."""
    if left > timedelta():
        logger().warning("attempts_paused")
        raise TooManyAttempts(ceil(left.total_seconds()))


def record_failure(*counts: ThrottleWindow) -> None:
    """Counts one failure for each. Raises TooManyAttempts if one was locked by others meanwhile: an answer that says
    "wrong" would be one guess more than the limit allows."""
    raise_while_paused(max([throttles.record_failure(count) for count in counts]))
