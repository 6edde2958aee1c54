"""A stand-in for the Razorpay gateway: its REST interface, its webhooks, its checkout, and its bad days."""

from local.razorpay.fake_razorpay import FakeRazorpay
from local.razorpay.running_fake import RunningFakeRazorpay, serve
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.state.clock import Clock

__all__ = ["Clock", "FakeRazorpay", "FakeRazorpaySettings", "RunningFakeRazorpay", "serve"]
