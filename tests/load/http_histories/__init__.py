"""Random histories over HTTP against a product that is killed and restarted, with lost messages; then every ledger,
every access and every answer is checked.

The product, its database and the fake Razorpay are processes of their own on loopback; the driver is their clients, the
network between them, and the hand that kills the product. All of them share a clock, which the driver moves forward, so
that weeks pass in minutes.
"""
