"""Users: how many there are of each role, how many are new, and who teaches under what name."""

from functions.dashboards.projections.projection import Projection, RefreshInstructorName, RefreshNameOnAllCourses
from shared.db.entities import User
from shared.db.read_models import counter_items
from shared.domain.lifecycle import Role


def project(subject: str, old: User | None, new: User | None) -> Projection:
    made = Projection()
    platform = made.counts[counter_items.platform_counters(subject)]
    for user, sign in ((old, -1), (new, 1)):
        if user:
            platform[f"users_{user.role.value}"] += sign
            made.counts[counter_items.revenue_day_counters(user.created_at)]["users_new"] += sign
    if new:
        teaches = new.role is Role.INSTRUCTOR
        renamed = old is not None and old.name != new.name
        if teaches or renamed:
            made.refreshes.append(RefreshInstructorName(new.user_id, new.name, new.created_at, new.updated_at, teaches))
        if renamed or (teaches and old is None):
            made.refreshes.append(RefreshNameOnAllCourses(new.user_id))
    return made
