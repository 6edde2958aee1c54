"""Pages of the catalogue. Without search words, a page is one Query of the partition for its filters. A page of a
search is one Query of the partition of the longest word, or up to four if the other conditions match few cards
there."""

from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Final

from pynamodb.expressions.condition import Condition

from shared.db.entities import CatalogueCard
from shared.db.read_models.catalogue_cards import ANY
from shared.db.table import keys, store
from shared.db.table.store import Listing, StartKey
from shared.domain.catalogue_search import MAX_PREFIX_LETTERS, facet, words

_MAX_QUERIES: Final = 4
"""For one page of a search. The loop reads pages; it retries nothing."""
_CARDS_PER_QUERY: Final = 100
"""The number of cards that one Query reads if the search has further conditions."""


@dataclass(frozen=True)
class CatalogueFilter:
    """The filters of a list; None matches any value. `sort` is "newest" or "popular", `price` "free" or "paid"."""

    sort: str
    q: str | None = None
    category: str | None = None
    level: str | None = None
    price: str | None = None
    language: str | None = None


def list_cards(filters: CatalogueFilter, limit: int, start: StartKey) -> Listing[CatalogueCard]:
    """Cards in the requested order. A page of a search may be short and still have a next key. Raises
    StoreUnavailable."""
    if filters.q is None:
        return _list_by_facets(filters, limit, start)
    terms = sorted(words(filters.q), key=len, reverse=True)
    return _search(filters, terms, limit, start) if terms else Listing([], None)


def _list_by_facets(filters: CatalogueFilter, limit: int, start: StartKey) -> Listing[CatalogueCard]:
    category = facet(filters.category) if filters.category else ANY
    language = facet(filters.language) if filters.language else ANY
    pk = keys.catalogue_facet(filters.sort, category, filters.level or ANY, filters.price or ANY, language)
    page = store.query(pk, limit=limit, start=start, newest_first=True)
    return Listing(page.items_of(CatalogueCard), page.next_key)


def _search(filters: CatalogueFilter, terms: list[str], limit: int, start: StartKey) -> Listing[CatalogueCard]:
    """`terms` are the folded search words, the longest first."""
    pk = keys.catalogue_term(filters.sort, terms[0][:MAX_PREFIX_LETTERS])
    condition = _filter_condition(filters, terms)
    cards: list[CatalogueCard] = []
    for _ in range(_MAX_QUERIES):
        page = store.query(
            pk,
            filter_condition=condition,
            limit=_CARDS_PER_QUERY if condition is not None else limit,
            start=start,
            newest_first=True,
        )
        cards += page.items_of(CatalogueCard)
        if len(cards) > limit or (len(cards) == limit and page.next_key):
            last = cards[limit - 1]
            return Listing(cards[:limit], {"pk": {"S": last.pk}, "sk": {"S": last.sk}})
        start = page.next_key
        if start is None:
            break
    return Listing(cards, start)


def _filter_condition(filters: CatalogueFilter, terms: list[str]) -> Condition | None:
    """The conditions that the partition key does not imply; None if it implies all of them."""
    compared = terms if len(terms[0]) > MAX_PREFIX_LETTERS else terms[1:]
    conditions: list[Condition] = [CatalogueCard.words.contains(f" {word}") for word in compared]
    if filters.category:
        conditions.append(CatalogueCard.facet_category == facet(filters.category))
    if filters.level:
        conditions.append(CatalogueCard.level == filters.level)
    if filters.language:
        conditions.append(CatalogueCard.facet_language == facet(filters.language))
    if filters.price:
        conditions.append(CatalogueCard.amount == 0 if filters.price == "free" else CatalogueCard.amount > 0)
    return reduce(and_, conditions) if conditions else None
