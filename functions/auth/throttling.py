"""Who has failed too often to try again now."""

import ipaddress
from datetime import datetime, timedelta
from math import ceil

from functions.auth.emails import key_of
from functions.auth.errors import TooManyAttempts
from shared.db import throttles
from shared.db.throttles import Count
from shared.observability import logger


def of_account(email: str, now: datetime) -> Count:
    """Known and unknown addresses are counted alike."""
    return Count(throttles.ACCOUNT, key_of(email), now)


def of_source(source_ip: str, now: datetime) -> Count:
    """One IPv4 address, or the /64 that one IPv6 customer usually has."""
    try:
        address = ipaddress.ip_address(source_ip)
    except ValueError:
        return Count(throttles.SOURCE, source_ip, now)
    if isinstance(address, ipaddress.IPv6Address):
        address = address.ipv4_mapped or address
    network = f"{address}/{64 if address.version == 6 else 32}"
    return Count(throttles.SOURCE, str(ipaddress.ip_network(network, strict=False)), now)


def refuse_while(left: timedelta) -> None:
    """Raises TooManyAttempts while there is a pause left, without saying whether the password was right."""
    if left > timedelta():
        logger().warning("attempts_paused")
        raise TooManyAttempts(ceil(left.total_seconds()))


def failed(*counts: Count) -> None:
    """Counts one failure for each. Raises TooManyAttempts if one was locked by others meanwhile: an answer that says
    "wrong" would be one guess more than the limit allows."""
    refuse_while(max([throttles.add(count) for count in counts]))
