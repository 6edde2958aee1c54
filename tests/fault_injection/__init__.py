"""Purchases on a real engine with injected faults: at every request of every flow, and with concurrent learners.

`make test` runs a few flows with faults that a hook simulates in the client. `make test-engines` runs all flows on each
engine through a proxy that throttles requests, closes connections, delays requests and drops responses.
"""
