"""Send signed notifications about uploads to a notification URL, from a separate thread."""

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Event
from typing import Any

import httpx

from local.cloudinary.settings import FakeCloudinarySettings
from local.cloudinary.signatures import notification_signature

DELAYS_SECONDS = (0.0, 0.5, 2.0, 5.0)


@dataclass
class Notification:
    """`outcomes`: the HTTP status or the name of the connection error of each attempt."""

    url: str
    body: str
    outcomes: list[str] = field(default_factory=list)

    def delivered(self) -> bool:
        return bool(self.outcomes) and self.outcomes[-1].startswith("2")


class Notifications:
    """Each notification is attempted four times; after that it is lost. Without `enabled` they are only recorded."""

    def __init__(self, settings: FakeCloudinarySettings, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._now = now
        self._client = httpx.Client(timeout=5.0, trust_env=False)
        self._sender = ThreadPoolExecutor(2, thread_name_prefix="notification")
        self._stopping = Event()
        self.sent: list[Notification] = []
        self.enabled = True

    def send(self, url: str, notification_type: str, asset: dict[str, Any]) -> None:
        now = datetime.fromtimestamp(self._now(), UTC).isoformat()
        document = {
            "notification_type": notification_type,
            "timestamp": now,
            "request_id": str(len(self.sent)),
            **asset,
        }
        notification = Notification(url, json.dumps(document))
        self.sent.append(notification)
        if self.enabled:
            self.redeliver(notification)

    def redeliver(self, notification: Notification) -> None:
        self._sender.submit(self._deliver, notification)

    def stop(self) -> None:
        self._stopping.set()
        self._sender.shutdown(wait=True, cancel_futures=True)
        self._client.close()

    def _deliver(self, notification: Notification) -> None:
        for delay in DELAYS_SECONDS:
            if self._stopping.wait(delay):
                return
            notification.outcomes.append(self._post(notification))
            if notification.delivered():
                return

    def _post(self, notification: Notification) -> str:
        timestamp = int(self._now())
        settings = self._settings
        signature = notification_signature(
            notification.body, timestamp, settings.api_secret, settings.signature_algorithm
        )
        headers = {
            "Content-Type": "application/json",
            "X-Cld-Timestamp": str(timestamp),
            "X-Cld-Signature": signature,
        }
        try:
            response = self._client.post(notification.url, content=notification.body.encode(), headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        return str(response.status_code)
