"""The processes of a batch of histories: product, database, fake Razorpay, and the network that carries webhooks."""
