"""The settings that the fake is started with."""

import ipaddress
import re
from dataclasses import dataclass, field
from pathlib import Path

from local.razorpay.state.account import Account

KEY_ID = re.compile(r"rzp_test_[A-Za-z0-9]{14}")
DAY = 86_400


@dataclass(frozen=True, kw_only=True)
class FakeRazorpaySettings:
    """All durations are seconds.

    `key_id` is a test key (`rzp_test_` + 14 alphanumerics). Raises ValueError for a live key, an empty secret, or a
    host that other machines can reach. Port 0 takes any free port. With `webhook_url` None, events stay undelivered
    until one is set. `seed` makes ids reproducible. `account` holds the settings that can change
    while the fake runs.
    """

    key_id: str
    key_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    webhook_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 0
    state_file: Path | None = None
    account_id: str = "acc_LocalFake00001"
    auto_capture: bool = True
    unique_receipts: bool = True
    uncaptured_seconds: int = 3 * DAY
    refund_seconds: float = 1.0
    webhook_timeout_seconds: float = 5.0
    first_retry_seconds: float = 0.5
    seed: int | None = None
    account: Account = field(default_factory=Account)

    def __post_init__(self) -> None:
        if not KEY_ID.fullmatch(self.key_id):
            raise ValueError("key_id must be a test key: rzp_test_ and 14 alphanumerics")
        if not self.key_secret or not self.webhook_secret:
            raise ValueError("key_secret and webhook_secret must not be empty")
        if self.host != "localhost" and not ipaddress.ip_address(self.host).is_loopback:
            raise ValueError("host must be a loopback address")
