"""Memory and capacity of the invariant check as the number of sales grows."""
