"""The end of a batch: nothing is left to do, and everything that was promised is compared with what is there."""
