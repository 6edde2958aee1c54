"""`python -m local.razorpay`: the stand-in alone, until Ctrl-C."""

import argparse
import os
import signal
from pathlib import Path

from local.razorpay.running_fake import serve
from local.razorpay.settings import FakeRazorpaySettings


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m local.razorpay", description=__doc__)
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--webhook-url", help="where events are delivered; without it they wait")
    parser.add_argument("--state-file", type=Path, help="kept between runs")
    given = parser.parse_args()
    settings = FakeRazorpaySettings(
        port=given.port,
        key_id=os.environ.get("LMS_RAZORPAY_KEY_ID", "rzp_test_LocalKey000001"),
        key_secret=os.environ.get("LMS_RAZORPAY_KEY_SECRET", "local-key-secret"),
        webhook_secret=os.environ.get("LMS_RAZORPAY_WEBHOOK_SECRET", "local-webhook-secret"),
        webhook_url=given.webhook_url,
        state_file=given.state_file,
    )
    ends = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # before any thread, so that none of them takes the signal
    with serve(settings) as running:
        print(f"razorpay stand-in ready {running.url} key {settings.key_id}", flush=True)
        signal.sigwait(ends)


if __name__ == "__main__":
    main()
