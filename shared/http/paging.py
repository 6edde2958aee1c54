"""Lists: from a Page of entities to `{"items": […], "next_cursor": …}` with its Link header."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.http.answer import Answer
from shared.http.cursor import next_link, seal, unseal
from shared.http.request import Request

T = TypeVar("T", bound=BaseModel)


def listing(request: Request[Any, Any]) -> str:
    """What a cursor is bound to: path, caller, and every filter but `limit` and `cursor`."""
    filters = sorted((k, v) for k, v in request.incoming.query.items() if k not in ("limit", "cursor"))
    return repr((request.incoming.path, request.signed_in and request.signed_in.user_id, filters))


def start_of(request: Request[Any, Any]) -> dict[str, Any] | None:
    """The key to go on from, out of the request's cursor. Raises CursorInvalid."""
    return unseal(request.query.cursor, listing(request))


def page_answer(
    request: Request[Any, Any], items: Sequence[Any], next_key: dict[str, Any] | None, shape: Callable[..., BaseModel]
) -> Answer:
    """The list's answer; `shape` is the PageOut model of its items."""
    cursor = seal(next_key, listing(request))
    link = next_link(request.incoming.path, request.incoming.query, cursor)
    return Answer(shape(items=list(items), next_cursor=cursor), headers=link)
