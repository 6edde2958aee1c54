"""Soak test: many concurrent learners on a real database that fails, with webhooks and sweeps; then both ledgers are
compared.

The Lambda handlers run in this process, each call in its caller's thread. The database is a real engine behind
microburst, and Razorpay is the fake. Time is real while the actors run; afterwards the clock is advanced until no timer
is due.
"""
