"""The fake Razorpay as a process, and its clients: payers, banks, and its dashboard."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx

from local import processes
from local.paths import ROOT

Entity = dict[str, Any]
_RETRIES: Final = 20
SECONDS_TO_ANSWER: Final = 900.0
"""How long clients wait for an answer: a busy machine is no fault of the product, and a kill ends a request at once."""


class GatewayRefused(Exception):
    """Razorpay rejected the action; the message is its reason."""


class Gateway:
    """`control` plays learners, banks and Razorpay's dashboard; `rest` is the merchant's API."""

    def __init__(self, url: str, key_id: str, key_secret: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=SECONDS_TO_ANSWER, trust_env=False)
        self._auth = httpx.BasicAuth(key_id, key_secret)

    def control(self, path: str, body: Mapping[str, Any] | None = None, method: str = "POST") -> Entity:
        """Raises GatewayRefused."""
        return _document(self._http.request(method, f"/_local/{path}", json=dict(body or {})))

    def settings(self, values: Mapping[str, Any]) -> Entity:
        return self.control("settings", values, "PATCH")

    def rest(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Entity:
        """Repeats a call that an injected fault hit. Raises GatewayRefused."""
        for _ in range(_RETRIES):
            try:
                response = self._http.request(method, f"/v1/{path}", json=body, auth=self._auth)
                if response.status_code < 500:
                    return _document(response)
            except (httpx.HTTPError, ValueError):
                continue
        raise GatewayRefused(f"no answer for {path}")

    def items(self, path: str) -> list[Entity]:
        """All items of a list, page by page."""
        found: list[Entity] = []
        while True:
            page = self.rest("GET", f"{path}?count=100&skip={len(found)}")["items"]
            if not page:
                return found
            found += page

    def payments_of(self, order_id: str) -> list[Entity]:
        """All attempts to pay the order; this list has no pages and does not lag."""
        found: list[Entity] = self.rest("GET", f"orders/{order_id}/payments")["items"]
        return found

    def close(self) -> None:
        self._http.close()


@contextmanager
def running_gateway(environment: Mapping[str, str], webhook_url: str) -> Iterator[Gateway]:
    """A fake Razorpay that runs during the block. `environment` has its key and secrets as `LMS_RAZORPAY_…`."""
    with processes.running(
        [sys.executable, "-m", "local.razorpay", "--port", "0", "--webhook-url", webhook_url],
        cwd=ROOT,
        env=dict(environment),
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[3]
        gateway = Gateway(url, environment["LMS_RAZORPAY_KEY_ID"], environment["LMS_RAZORPAY_KEY_SECRET"])
        try:
            yield gateway
        finally:
            gateway.close()


def _document(response: httpx.Response) -> Entity:
    document: Entity = response.json()
    if response.status_code >= 400:
        raise GatewayRefused(str((document.get("error") or {}).get("description")))
    return document
