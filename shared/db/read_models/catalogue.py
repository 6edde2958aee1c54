"""Pages of the catalogue. A page without words is one Query of the partition made for its filters; a search is one
Query of its longest word's partition, and rarely a few when the other words leave little of it."""

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Final

from pynamodb.expressions.condition import Condition

from shared.db.entities import CatalogueCard
from shared.db.read_models.catalogue_cards import ANY
from shared.db.table import keys, store
from shared.domain.catalogue_search import MAX_PREFIX_LETTERS, facet, words

_MAX_QUERIES: Final = 4
_CARDS_PER_QUERY: Final = 100
"""Cards read by one Query of a search that compares."""

StartKey = dict[str, Any] | None


@dataclass(frozen=True)
class CatalogueFilter:
    """What is looked for; None means any. `sort` is "newest" or "popular", `price` "free" or "paid"."""

    sort: str
    q: str | None = None
    category: str | None = None
    level: str | None = None
    price: str | None = None
    language: str | None = None


def list_cards(wish: CatalogueFilter, limit: int, start: StartKey) -> tuple[list[CatalogueCard], StartKey]:
    """Cards in the wished order and the next key. A page of a search may be short and still have a next key."""
    if wish.q is None:
        category, language = (facet(each) if each else ANY for each in (wish.category, wish.language))
        pk = keys.catalogue_facet(wish.sort, category, wish.level or ANY, wish.price or ANY, language)
        found = store.query(pk, limit=limit, start=start, newest_first=True)
        return found.items_of(CatalogueCard), found.next_key
    sought = sorted(words(wish.q), key=len, reverse=True)
    return _search(wish, sought, limit, start) if sought else ([], None)


def _search(
    wish: CatalogueFilter, sought: list[str], limit: int, start: StartKey
) -> tuple[list[CatalogueCard], StartKey]:
    pk = keys.catalogue_term(wish.sort, sought[0][:MAX_PREFIX_LETTERS])
    where = _filter_condition(wish, sought)
    kept: list[CatalogueCard] = []
    for _ in range(_MAX_QUERIES):
        found = store.query(
            pk,
            filter_condition=where,
            limit=_CARDS_PER_QUERY if where is not None else limit,
            start=start,
            newest_first=True,
        )
        kept += found.items_of(CatalogueCard)
        if len(kept) > limit or (len(kept) == limit and found.next_key):
            last = kept[limit - 1]
            return kept[:limit], {"pk": {"S": last.pk}, "sk": {"S": last.sk}}
        start = found.next_key
        if start is None:
            break
    return kept, start


def _filter_condition(wish: CatalogueFilter, sought: list[str]) -> Condition | None:
    """What the partition does not say already."""
    c = CatalogueCard
    compared = sought if len(sought[0]) > MAX_PREFIX_LETTERS else sought[1:]
    conditions: list[Condition] = [c.words.contains(f" {word}") for word in compared]
    if wish.category:
        conditions.append(c.facet_category == facet(wish.category))
    if wish.level:
        conditions.append(c.level == wish.level)
    if wish.language:
        conditions.append(c.facet_language == facet(wish.language))
    if wish.price:
        conditions.append(c.amount == 0 if wish.price == "free" else c.amount > 0)
    return reduce(and_, conditions) if conditions else None
