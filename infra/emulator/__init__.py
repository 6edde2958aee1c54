"""Deploys the template into an emulator of AWS on this machine, with IAM enforced, and tests it over its API."""
