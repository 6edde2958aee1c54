"""Rankings of courses and instructors by net revenue."""

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.operand import Path

from shared.db.entities import InstructorCourse, InstructorRanking, InstructorTotals
from shared.db.entities.counters import Revenue
from shared.db.table import keys, store
from shared.db.table.keys import Key
from shared.db.table.transaction import Transaction


def update_rankings(instructor_id: str, course_id: str) -> None:
    """Ranks course and instructor by net revenue; with several currencies, by the largest amount. Does nothing if
    the revenue changed since the read, because that change updates the ranking itself. Raises StoreUnavailable."""
    _rank_course(instructor_id, course_id)
    _rank_instructor(instructor_id)


def _rank_course(instructor_id: str, course_id: str) -> None:
    key = keys.instructor_course(instructor_id, course_id)
    course = store.get(InstructorCourse, key)
    if course is None or not course.revenue:
        return
    listing = keys.course_revenue_listing(_largest_net(course.revenue), course_id)
    actions = [InstructorCourse.gsi1pk.set(listing.pk), InstructorCourse.gsi1sk.set(listing.sk)]
    store.update(InstructorCourse, key, actions, _revenue_unchanged(course))


def _rank_instructor(instructor_id: str) -> None:
    totals = store.get(InstructorTotals, keys.instructor_totals(instructor_id))
    if totals is None or not totals.revenue:
        return
    listing = keys.instructor_revenue_listing(_largest_net(totals.revenue), instructor_id)
    transaction = Transaction()
    transaction.check("totals", Key(totals.pk, totals.sk), _revenue_unchanged(totals))
    actions = [
        InstructorRanking.kind.set(InstructorRanking.KIND),
        InstructorRanking.instructor_id.set(instructor_id),
        InstructorRanking.gsi1pk.set(listing.pk),
        InstructorRanking.gsi1sk.set(listing.sk),
    ]
    transaction.update("ranking", keys.instructor_ranking(instructor_id), actions, None)
    transaction.commit()


def _largest_net(revenue: dict[str, Revenue]) -> int:
    """In the minor unit of its currency."""
    return max(of_currency.net for of_currency in revenue.values())


def _revenue_unchanged(item: InstructorCourse | InstructorTotals) -> Condition:
    """The condition that the item still has the revenue that was read."""
    condition: Condition = type(item).pk.exists()
    for currency, revenue in item.revenue.items():
        for name, value in (("gross", revenue.gross), ("refunded", revenue.refunded)):
            counter = Path(f"{name}_{currency}")
            condition &= (counter == value) if value else (counter.does_not_exist() | (counter == 0))
    return condition
