"""Simulation: the product's own handlers run through thousands of random histories under a seeded scheduler.

No part of the product is modelled: the Lambda handlers run unchanged over an in-memory table
(tests/fixtures/memory_dynamodb) and the fake Razorpay. At every outbound call the scheduler may run another handler
first, kill the calling function, or lose the response. After each history, and again when all work has drained, the
ledger is checked against its invariants.
"""
