"""Many learners at once, on a real database that fails, with webhooks and sweeps under way; and then every rupee is
counted.

The Lambda handlers run in this process, each call in the thread of whoever makes it; the database is an engine behind
microburst, the gateway is the stand-in. Time is real, until everybody has gone home: then it is moved on, until nothing
is due any more.
"""
