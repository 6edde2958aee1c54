"""The normal call of every route: the import of each module below registers its calls in HAPPY_PATHS."""

from tests.integration.happy_paths import (
    auth,
    certificates,
    content,
    coupons,
    courses,
    dashboards,
    enrollments,
    payments,
    reports,
    reviews,
)
from tests.integration.happy_paths.registry import HAPPY_PATHS

__all__ = [
    "HAPPY_PATHS",
    "auth",
    "certificates",
    "content",
    "coupons",
    "courses",
    "dashboards",
    "enrollments",
    "payments",
    "reports",
    "reviews",
]
