"""Demo data: believable courses, their teachers and their learners, made through the API."""

from local.seed.client import SeedError
from local.seed.planting import seed_demo_data

__all__ = ["SeedError", "seed_demo_data"]
