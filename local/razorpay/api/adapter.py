"""The fake as an adapter of `requests`, without a socket or a thread."""

import io
from collections.abc import Mapping
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter
from typing_extensions import override

from local.asgi.messages import Request, Response
from local.razorpay.api.rest import REFUND_KEY_HEADER, handle_rest_request
from local.razorpay.fake_razorpay import FakeRazorpay


class InProcessAdapter(BaseAdapter):
    """`session.mount("https://api.razorpay.com", InProcessAdapter(fake))` connects the official client to the fake.

    Faults raise the exceptions of a real connection: ConnectionError for a dropped one, ReadTimeout for a lost or late
    response. A call that hangs longer than the read timeout is processed by `process_delayed_requests`, once the clock
    has advanced by its `seconds`.
    """

    def __init__(self, fake: FakeRazorpay) -> None:
        super().__init__()
        self.fake = fake
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
        call = _to_request(request)
        fault = self.fake.faults.take(call)
        if fault is None:
            return _to_response(request, handle_rest_request(self.fake, call))
        if fault.kind == "drop":
            raise requests.ConnectionError("Remote end closed connection without response", request=request)
        if fault.kind == "lose_response":
            handle_rest_request(self.fake, call)
            raise requests.ReadTimeout("Read timed out.", request=request)
        limit = timeout[1] if isinstance(timeout, tuple) else timeout
        if fault.kind == "hang" and limit is not None and fault.seconds >= limit:
            self._delay(call, fault.seconds)
            raise requests.ReadTimeout("Read timed out.", request=request)
        return _to_response(request, fault.response() or handle_rest_request(self.fake, call))

    def process_delayed_requests(self) -> int:
        """Process the hanging calls whose delay is over by the clock of the fake; returns their number."""
        now = self.fake.clock.now()
        due = [call for at, call in self.delayed_requests if at <= now]
        self.delayed_requests = [(at, call) for at, call in self.delayed_requests if at > now]
        for call in due:
            self.fake.ledger.refund_keys_in_progress.discard(call.headers.get(REFUND_KEY_HEADER, ""))
            handle_rest_request(self.fake, call)
        return len(due)

    def close(self) -> None:
        self.delayed_requests = []

    def _delay(self, call: Request, seconds: float) -> None:
        self.delayed_requests.append((self.fake.clock.now() + seconds, call))
        if REFUND_KEY_HEADER in call.headers:
            self.fake.ledger.refund_keys_in_progress.add(call.headers[REFUND_KEY_HEADER])


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


def _to_response(request: requests.PreparedRequest, response: Response) -> requests.Response:
    converted = requests.Response()
    converted.status_code = response.status
    converted.headers.update(response.headers)
    converted.encoding = "utf-8"
    converted.url = request.url or ""
    converted.request = request
    converted.raw = io.BytesIO(response.body)
    return converted
