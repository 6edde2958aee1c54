"""The gateway behind `requests`, with no socket and no thread."""

import io
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from typing_extensions import override

from local.asgi.messages import Request, Response
from local.razorpay.api.rest import handle_rest_request
from local.razorpay.fake_razorpay import FakeRazorpay

REFUND_KEY_HEADER = "x-refund-idempotency"


class InProcessAdapter(BaseAdapter):
    """`session.mount("https://api.razorpay.com", InProcessAdapter(gateway))` and the client needs nothing else.

    Faults raise what a real connection would: ConnectionError for a dropped one, ReadTimeout for a lost or late
    answer. A call that hangs longer than the read timeout is still done, when the clock has moved on by its
    `seconds` and `deliver_late` is called.
    """

    def __init__(self, gateway: FakeRazorpay) -> None:
        super().__init__()
        self.fake = gateway
        self.delayed_requests: list[tuple[float, Request]] = []

    @override
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: float | tuple[float | None, float | None] | None = None,
        verify: bool | str = True,
        cert: bytes | str | tuple[bytes | str, bytes | str] | None = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        asked = _to_request(request)
        fault = self.fake.faults.take(asked)
        if fault is None:
            return _to_response(request, handle_rest_request(self.fake, asked))
        if fault.kind == "drop":
            raise requests.ConnectionError("Remote end closed connection without response", request=request)
        if fault.kind == "lose_response":
            handle_rest_request(self.fake, asked)
            raise requests.ReadTimeout("Read timed out.", request=request)
        limit = timeout[1] if isinstance(timeout, tuple) else timeout
        if fault.kind == "hang" and limit is not None and fault.seconds >= limit:
            self._delay(asked, fault.seconds)
            raise requests.ReadTimeout("Read timed out.", request=request)
        return _to_response(request, fault.response() or handle_rest_request(self.fake, asked))

    def process_delayed_requests(self) -> int:
        """Does the calls whose hang is over by the gateway's clock, and says how many."""
        due = [asked for at, asked in self.delayed_requests if at <= self.fake.clock.now()]
        self.delayed_requests = [(at, asked) for at, asked in self.delayed_requests if at > self.fake.clock.now()]
        for asked in due:
            self.fake.ledger.refund_keys_in_progress.discard(asked.headers.get(REFUND_KEY_HEADER, ""))
            handle_rest_request(self.fake, asked)
        return len(due)

    def close(self) -> None:
        self.delayed_requests = []

    def _delay(self, asked: Request, seconds: float) -> None:
        self.delayed_requests.append((self.fake.clock.now() + seconds, asked))
        if REFUND_KEY_HEADER in asked.headers:
            self.fake.ledger.refund_keys_in_progress.add(asked.headers[REFUND_KEY_HEADER])


def _to_request(request: requests.PreparedRequest) -> Request:
    url = urlsplit(request.url or "")
    body = request.body or b""
    return Request(
        method=request.method or "GET",
        path=url.path,
        query_string=url.query,
        headers={name.lower(): str(value) for name, value in request.headers.items()},
        body=body.encode() if isinstance(body, str) else body,
    )


def _to_response(request: requests.PreparedRequest, answer: Response) -> requests.Response:
    response = requests.Response()
    response.status_code = answer.status
    response.headers.update(answer.headers)
    response.encoding = "utf-8"
    response.url = request.url or ""
    response.request = request
    response.raw = io.BytesIO(answer.body)
    return response
