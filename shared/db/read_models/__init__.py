"""Read models: counters, rankings, catalogue and register, built by the projector. No decision is made from them."""
