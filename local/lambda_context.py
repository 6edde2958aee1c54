"""The context object that Lambda passes to a handler with the event."""

import time
import uuid


class LambdaContext:
    """The attributes that the handlers and Powertools read, with Lambda's names."""

    def __init__(self, function_name: str, *, timeout_seconds: float = 30.0, memory_mb: int = 512) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.invoked_function_arn = f"arn:aws:lambda:ap-south-1:000000000000:function:{function_name}"
        self.memory_limit_in_mb = memory_mb
        self.aws_request_id = str(uuid.uuid4())
        self.log_group_name = f"/aws/lambda/{function_name}"
        self.log_stream_name = "local"
        self._deadline = time.monotonic() + timeout_seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until Lambda would stop the function; never negative."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))
