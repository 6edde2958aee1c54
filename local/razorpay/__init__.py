"""A stand-in for the Razorpay gateway: its REST interface, its webhooks, its checkout, and its bad days."""

from local.razorpay.clock import Clock
from local.razorpay.gateway import Gateway
from local.razorpay.settings import StandInSettings
from local.razorpay.stand_in import RunningStandIn, serve

__all__ = ["Clock", "Gateway", "RunningStandIn", "StandInSettings", "serve"]
