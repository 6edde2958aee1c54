"""Users: the number in each role, new users by day, and the names of instructors."""

from functions.dashboards.projections.projection import (
    Projection,
    Refresh,
    RefreshInstructorName,
    RefreshNameOnAllCourses,
)
from shared.db.entities import User
from shared.db.read_models import counter_items
from shared.domain.lifecycle import Role


def project(subject: str, old: User | None, new: User | None) -> Projection:
    """The number of users by role, and new users by day."""
    projection = Projection()
    platform = projection.counts[counter_items.platform_counters(subject)]
    for user, sign in ((old, -1), (new, 1)):
        if user:
            platform[f"users_{user.role.value}"] += sign
            projection.counts[counter_items.revenue_day_counters(user.created_at)]["users_new"] += sign
    if new:
        projection.refreshes = _name_refreshes(old, new)
    return projection


def _name_refreshes(old: User | None, new: User) -> list[Refresh]:
    """Refreshes of the lists that show an instructor's name: for an instructor, and for any renamed user, who may have
    been an instructor before."""
    refreshes: list[Refresh] = []
    is_instructor = new.role is Role.INSTRUCTOR
    is_renamed = old is not None and old.name != new.name
    if is_instructor or is_renamed:
        refreshes.append(RefreshInstructorName(new.user_id, new.name, new.created_at, new.updated_at, is_instructor))
    if is_renamed or (is_instructor and old is None):
        refreshes.append(RefreshNameOnAllCourses(new.user_id))
    return refreshes
