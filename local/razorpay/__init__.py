"""A stand-in for the Razorpay gateway: its REST interface, its webhooks, its checkout, and its bad days."""

from local.razorpay.clock import Clock
from local.razorpay.gateway import FakeRazorpay
from local.razorpay.settings import FakeRazorpaySettings
from local.razorpay.stand_in import RunningFakeRazorpay, serve

__all__ = ["Clock", "FakeRazorpay", "FakeRazorpaySettings", "RunningFakeRazorpay", "serve"]
