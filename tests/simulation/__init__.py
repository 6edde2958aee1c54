"""The product's own handlers, played through thousands of invented histories by a seeded scheduler.

Nothing of the product is modelled: the Lambda handlers run as they are, over an in-memory table (store.py) and the
stand-in for Razorpay. Every outbound call is a place where the scheduler may let another handler go first, kill the
one that calls, or lose what it was told. After each history, and again when everything has come to rest, the ledger is
held against its invariants.
"""
