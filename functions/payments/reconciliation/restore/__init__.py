"""Brings a restored table up to date with the gateway."""
