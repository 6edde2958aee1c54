"""The template deployed into an emulator of AWS on this machine, with roles enforced, and driven over its API."""
