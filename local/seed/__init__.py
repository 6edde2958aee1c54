"""Demo data: courses with their instructors and learners, created through the API."""

from local.seed.api_client import SeedError
from local.seed.seeder import seed_demo_data
from local.seed.timeline import PastTimeline

__all__ = ["PastTimeline", "SeedError", "seed_demo_data"]
