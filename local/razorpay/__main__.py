"""`python -m local.razorpay`: run the fake Razorpay alone, until Ctrl-C."""

import argparse
import os
import signal
from pathlib import Path

from local.razorpay.running_fake import serve
from local.razorpay.settings import FakeRazorpaySettings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.razorpay", description=__doc__)
    parser.add_argument("--port", type=int, default=8100, help="port to listen on (default: 8100)")
    parser.add_argument("--webhook-url", help="URL that receives the events; without it they stay undelivered")
    parser.add_argument("--state-file", type=Path, help="file that keeps the state between runs")
    options = parser.parse_args()
    settings = FakeRazorpaySettings(
        port=options.port,
        key_id=os.environ.get("LMS_RAZORPAY_KEY_ID", "rzp_test_LocalKey000001"),
        key_secret=os.environ.get("LMS_RAZORPAY_KEY_SECRET", "local-key-secret"),
        webhook_secret=os.environ.get("LMS_RAZORPAY_WEBHOOK_SECRET", "local-webhook-secret"),
        webhook_url=options.webhook_url,
        state_file=options.state_file,
    )
    stop_signals = {signal.SIGINT, signal.SIGTERM}
    # Blocked before any thread starts: threads inherit the mask, so only sigwait receives the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, stop_signals)
    with serve(settings) as running:
        print(f"fake razorpay ready {running.url} key {settings.key_id}", flush=True)
        signal.sigwait(stop_signals)


if __name__ == "__main__":
    main()
