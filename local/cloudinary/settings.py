"""The settings that the fake is started with."""

import ipaddress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class FakeCloudinarySettings:
    """`directory` stores the files between runs. `public_url` is the base of the returned URLs; None takes the host of
    the request. Sizes are bytes. Raises ValueError for an empty secret or a host that other machines can reach.
    """

    cloud_name: str
    api_key: str
    api_secret: str = field(repr=False)
    directory: Path
    host: str = "127.0.0.1"
    port: int = 0
    public_url: str | None = None
    signature_algorithm: str = "sha1"
    max_image_bytes: int = 10 * 1024 * 1024
    max_video_bytes: int = 100 * 1024 * 1024
    signature_lifetime_seconds: int = 3600

    def __post_init__(self) -> None:
        if not (self.cloud_name and self.api_key and self.api_secret):
            raise ValueError("cloud_name, api_key and api_secret must not be empty")
        if self.signature_algorithm not in ("sha1", "sha256"):
            raise ValueError("signature_algorithm must be sha1 or sha256")
        if self.host != "localhost" and not ipaddress.ip_address(self.host).is_loopback:
            raise ValueError("host must be a loopback address")
