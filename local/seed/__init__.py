"""Demo data: courses with their instructors and learners, created through the API."""

from local.seed.api_client import SeedError
from local.seed.seeder import seed_demo_data

__all__ = ["SeedError", "seed_demo_data"]
