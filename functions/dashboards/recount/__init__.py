"""A recount: every counter computed again from the write model and compared with the read models."""
