"""Numbers the receipts and notes that wait for a number: many in one transaction, from a queue of their own."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Final

from functions.payments.polling.back_off import back_off
from functions.payments.receipts import note_service, receipt_service
from shared.db import due_index
from shared.db.due_index import DueItem
from shared.db.entities import CreditNote, Receipt
from shared.db.payments.documents.number_series import MAX_NUMBERED_AT_ONCE
from shared.db.table import store
from shared.db.table.keys import Key
from shared.errors import DomainError
from shared.observability import emit_metrics, logger

_PAGE_SIZE: Final = 500


class DueReceipts:
    """The receipts, credit notes and debit notes that are due at `until` (UTC) for their number, as a run that began at
    `now` finds them. In each batch, receipts are numbered before notes.

    Counts documents that were processed, receipts and notes that got a number, documents that are left to the next run,
    and the seconds for which the first one has been waiting. Documents are listed when the run begins and numbered when
    its polls are done. A table that does not respond ends the numbering of this run, and keeps no poll from being
    made."""

    def __init__(self, now: datetime, until: datetime) -> None:
        self.processed = 0
        self.numbered = 0
        self.notes_numbered = 0
        self.deferred = 0
        self._now = now
        self._until = until
        self._page = self._list(_PAGE_SIZE)
        ages = (int((now - due.due_at).total_seconds()) for due in self._page)
        self.oldest_seconds = max(ages, default=0)

    def number_all(self, others: Sequence[DueItem], has_time: Callable[[], bool]) -> None:
        """Numbers all of them, and `others`: receipts of earlier versions, which are due among the polls."""
        for waiting in self._pages(others):
            for start in range(0, len(waiting), MAX_NUMBERED_AT_ONCE):
                if not has_time() or not self._number(waiting[start : start + MAX_NUMBERED_AT_ONCE]):
                    self.deferred += len(waiting) - start
                    return

    def _pages(self, others: Sequence[DueItem]) -> Iterator[list[DueItem]]:
        """The receipts that wait, each of them once: those listed when the run began with `others`, then further pages
        until one is not full. The index lags: it still lists receipts that got their number. As many as the page before
        contained, the next page is longer, so that it has room for the others."""
        page, limit = self._page, _PAGE_SIZE
        waiting, still_listed = [*page, *others], 0
        seen: set[DueItem] = set()
        yield waiting
        while len(page) >= limit:
            seen.update(waiting)
            limit = _PAGE_SIZE + still_listed
            page = self._list(limit)
            waiting = [due for due in page if due not in seen]
            still_listed = len(page) - len(waiting)
            yield waiting

    def _list(self, limit: int) -> list[DueItem]:
        try:
            return due_index.list_due_receipts(self._until, limit)
        except DomainError:
            logger().warning("due receipts could not be listed", exc_info=True)
            self.deferred += 1
            return []

    def _number(self, batch: Sequence[DueItem]) -> bool:
        """Whether the table responded. If the batch contains an unreadable document, the others are numbered one
        by one."""
        try:
            found = store.get_many([due.key for due in batch]).values()
            receipts = [item for item in found if isinstance(item, Receipt)]
            self.numbered += receipt_service.number_receipts(receipts)
            notes = [item for item in found if isinstance(item, CreditNote)]
            self.notes_numbered += note_service.number_notes(notes, partial(self._report_missing_receipt, batch))
        except DomainError:
            logger().warning("receipts deferred to the next sweep", exc_info=True)
            return False
        except Exception:  # noqa: BLE001 (one unreadable document must not keep the others from being numbered)
            if len(batch) > 1:
                return all(self._number([due]) for due in batch)
            logger().exception("sweep failed on an item", extra={"item": batch[0].key.pk})
            self.deferred += 1
            back_off(batch[0], None, self._now)
        self.processed += len(batch)
        return True

    def _report_missing_receipt(self, batch: Sequence[DueItem], note: CreditNote) -> None:
        """Logs and counts a note that gets no number because its receipt does not exist, and delays its next attempt:
        it is tried less and less often, and gets its number once the receipt is back."""
        order = {"order_id": note.order_id, "step": note.step}
        logger().error("note without its receipt", extra={"code": "receipt_missing", **order})
        emit_metrics("receipts", {"notes_without_receipt": 1})
        self.deferred += 1
        for due in batch:
            if due.key == Key(note.pk, note.sk):
                back_off(due, note, self._now)
