"""A fake of Razorpay: REST API, webhooks, checkout page, and injected faults."""

from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.running_fake import RunningFakeRazorpay, serve
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.state.clock import Clock

__all__ = ["Clock", "FakeRazorpay", "FakeRazorpaySettings", "RunningFakeRazorpay", "serve"]
