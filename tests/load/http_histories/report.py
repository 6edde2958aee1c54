"""What a run prints: a table of what was played, and the log of each history that failed."""

from collections import Counter
from collections.abc import Iterator, Sequence

from tests.load.http_histories.results import BatchResult, mentioned_histories

_LOGGED_LINES = 400


def describe(results: Sequence[BatchResult]) -> Iterator[str]:
    """The table of a run."""
    yield from _table("played", _sum(result.played for result in results))
    yield from _table("answers of the product", _sum(result.statuses for result in results))
    yield from _table("webhooks that arrived", _sum(result.delivered for result in results))
    yield from _table("webhooks lost for good", _sum(result.lost for result in results))
    yield f"kills of the product: {sum(result.kills for result in results)}"
    yield f"answers that were promises: {sum(result.answers for result in results)}"
    healed = [line for result in results for line in result.healed]
    yield f"left for `reconcile --heal` after all scheduled passes: {'; '.join(healed) or 'nothing'}"


def problems_of(result: BatchResult) -> Iterator[str]:
    """Each problem, then the logs of the histories that it is about."""
    concerned: set[int] = set()
    for number, problems in sorted(result.problems.items()):
        for problem in problems:
            yield f"PROBLEM {'of the batch' if number < 0 else f'of history {number}'}: {problem}"
            concerned |= {number} if number >= 0 else mentioned_histories(result, problem)
    for number in sorted(concerned):
        yield f"log of history {number}:"
        yield from (f"    {line}" for line in result.logs[number][-_LOGGED_LINES:])


def _sum(counters: Iterator[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total


def _table(title: str, counts: Counter[str]) -> Iterator[str]:
    yield f"{title}: {sum(counts.values())}"
    for name, count in sorted(counts.items(), key=lambda entry: -entry[1]):
        yield f"{count:8} {name}"
