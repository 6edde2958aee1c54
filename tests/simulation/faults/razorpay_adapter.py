"""An adapter for the Razorpay SDK that suspends the task and injects faults at every call."""

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import requests
from requests.adapters import BaseAdapter
from typing_extensions import override

from tests.simulation.faults.injection import OUTAGE_FAULTS, RAZORPAY_FAULTS

if TYPE_CHECKING:
    from tests.simulation.runtime.environment import Environment

_CAPTURE_PATH = re.compile(r"/v1/payments/(\w+)/capture")


class FaultyRazorpayAdapter(BaseAdapter):
    """Connects the SDK's `requests` session to the fake Razorpay of the current history."""

    def __init__(self, current: "Callable[[], Environment]") -> None:
        super().__init__()
        self._current = current

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
        environment = self._current()
        environment.yield_before_call()
        call = f"{request.method} {request.path_url}"
        environment.call_hook(environment.on_next_request.pop(call, None))
        captured = _CAPTURE_PATH.fullmatch(request.path_url)
        if captured:
            environment.captures_requested.add(captured[1])
        down = not environment.faults_stopped and environment.scheduler.seconds < environment.gateway_down_until
        fault = environment.random.choice(OUTAGE_FAULTS) if down else environment.faults.draw(RAZORPAY_FAULTS)
        environment.trace.add("gateway", call, fault or "")
        if fault == "crash_before":
            environment.kill()
        if fault and not fault.startswith("crash"):
            if "refund" in call and request.method == "POST" and fault == "429":
                fault = "409"
            environment.razorpay.faults.add({"kind": fault, "seconds": environment.random.uniform(3, 60)})
        try:
            response = environment.adapter.send(request, timeout=timeout)
        except requests.RequestException:
            environment.scheduler.pause(4.0)
            environment.raise_if_killed()
            raise
        environment.requested_paths.add(request.path_url)
        if fault == "crash_after":
            environment.kill()
        return response

    def close(self) -> None:
        pass
