"""Purchases on a real engine that fails: at every call of every flow, and with many learners at once.

`make test` runs a few of the flows with faults made in the client; `make test-engines` all of them through a proxy that
really throttles, cuts, holds and loses, on each engine.
"""
