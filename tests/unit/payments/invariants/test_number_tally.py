"""The tally of receipt numbers finds what the check over all receipts finds, without holding the numbers."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.payments.invariants.ledger import Breach, Ledger, NumberSeries
from functions.payments.invariants.number_tally import NumberTally
from functions.payments.invariants.rules.receipt_numbering import check_consecutive
from shared import clock
from shared.db.entities import Receipt
from shared.db.table import keys

YEAR = "26-27"
NAME = f"L/{YEAR}"
LARGE = 20_000
"""Blocks of 100 numbers."""


def text(position: int) -> str:
    return f"L/{YEAR}/{position:06d}"


def tallied(positions: list[int], series: NumberSeries) -> list[Breach]:
    """The breaches of these numbers; the tally is stored and read in between."""
    half = len(positions) // 2
    tally = NumberTally({NAME: series})
    found = [tally.add(text(position)) for position in positions[:half]]
    tally = NumberTally.from_json(json.loads(json.dumps(tally.as_json())))
    found += [tally.add(text(position)) for position in positions[half:]]
    return [breach for breach in found if breach] + tally.find_breaches()


def exact(positions: list[int], series: NumberSeries) -> list[Breach]:
    ledger = Ledger(clock.now(), series={NAME: series})
    for nth, position in enumerate(positions):
        order_id = f"order_{nth}"
        ledger.receipts[order_id] = Receipt.build(keys.receipt(order_id), order_id=order_id, number=text(position))
    return list(check_consecutive(ledger))


@given(st.data())
def test_tally_of_a_small_series_finds_exactly_what_the_check_finds(data: st.DataObject) -> None:
    last = data.draw(st.integers(0, 40))
    voided = data.draw(st.lists(st.tuples(st.integers(1, 45), st.integers(1, 45)), max_size=2))
    series = NumberSeries(last, tuple((min(pair), min(max(pair), last)) for pair in voided if min(pair) <= last))
    positions = [position for position in range(1, last + 1) if not series.is_voided(position)]
    gaps = data.draw(st.sets(st.sampled_from(positions), max_size=5)) if positions else set()
    positions = [position for position in positions if position not in gaps]
    more = data.draw(st.lists(st.integers(1, last), max_size=4)) if last else []
    expected = exact(positions + more, series)
    # Two receipts with one voided number are two breaches of the tally, and the check adds that it is assigned twice.
    found = [each for each in expected if not (each.detail.startswith("assigned ") and voided_number(each, series))]
    assert sorted(set(tallied(positions + more, series))) == sorted(set(found))


def voided_number(breach: Breach, series: NumberSeries) -> bool:
    return series.is_voided(int(breach.subject.rpartition("/")[2]))


def block_text(block: int) -> str:
    return f"{text(max(block * 100, 1))} to {text(block * 100 + 99)}"


@pytest.mark.parametrize(
    ("missing", "extra", "detail"),
    [
        ([7], [], f"99 assigned, but 98 on receipts: probably {text(7)} assigned, but on no receipt"),
        ([], [7], f"99 assigned, but 100 on receipts: probably {text(7)} assigned 2 times"),
        (
            [7],
            [9],
            f"99 assigned, but 99 on receipts: probably {text(9)} assigned 2 times and {text(7)} assigned, "
            "but on no receipt",
        ),
        (
            [7, 99],
            [],
            f"99 assigned, but 97 on receipts: probably {text(7)} assigned, but on no receipt and {text(99)} assigned, "
            "but on no receipt",
        ),
        ([], [7, 7, 7], f"99 assigned, but 102 on receipts: probably {text(7)} assigned 4 times"),
        ([11, 13, 15], [20], "99 assigned, but 97 on receipts: with duplicates or gaps"),
        ([11, 17, 20], [13, 14], "99 assigned, but 98 on receipts: with duplicates or gaps"),
    ],
)
def test_tally_of_a_large_series_names_the_block_and_probable_numbers(
    missing: list[int], extra: list[int], detail: str
) -> None:
    positions = [position for position in range(1, LARGE + 1) if position not in missing] + extra
    assert tallied(positions, NumberSeries(LARGE)) == [Breach("I15", block_text(0), detail)]


def test_tally_two_duplicates_and_two_gaps_that_look_like_one_of_each_are_only_probable() -> None:
    """1 and 5 are on two receipts, 2 and 3 on none: the sums are those of a second 7 and a missing 6."""
    positions = [position for position in range(1, LARGE + 1) if position not in (2, 3)] + [1, 5]
    detail = f"probably {text(7)} assigned 2 times and {text(6)} assigned, but on no receipt"
    assert tallied(positions, NumberSeries(LARGE)) == [
        Breach("I15", block_text(0), f"99 assigned, but 99 on receipts: {detail}")
    ]


@pytest.mark.parametrize("blocks", [(0, 3), (0, 199)])
def test_tally_of_errors_in_two_blocks_names_both(blocks: tuple[int, int]) -> None:
    missing = [block * 100 + 7 for block in blocks]
    positions = [position for position in range(1, LARGE + 1) if position not in missing]
    found = tallied(positions, NumberSeries(LARGE))
    assert [breach.subject for breach in found] == [block_text(block) for block in blocks]


def test_tally_ignores_later_numbers_and_unknown_years() -> None:
    tally = NumberTally({NAME: NumberSeries(2)})
    assert [
        tally.add(number) for number in ("L/26-27/000001", "L/26-27/000002", "L/26-27/000003", "L/27-28/000001")
    ] == [None] * 4
    assert tally.find_breaches() == []


@pytest.mark.parametrize("number", ["L/26-27/17", "L/26-27/00000x", "17", ""])
def test_tally_reports_what_is_no_receipt_number(number: str) -> None:
    assert NumberTally({}).add(number) == Breach("I15", number, "is no receipt number")


def test_tally_of_ten_million_numbers_fits_into_an_item() -> None:
    tally = NumberTally({NAME: NumberSeries(10_000_000)})
    for position in range(1, 10_000_001, 50_000):
        tally.add(text(position))
    assert len(json.dumps(tally.as_json())) < 20_000
