"""Lists: from a Page of entities to `{"items": […], "next_cursor": …}` with its Link header."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.http.cursor import decode_cursor, encode_cursor, next_link_header
from shared.http.request import Request
from shared.http.response import Response

T = TypeVar("T", bound=BaseModel)


def cursor_scope(request: Request[Any, Any]) -> str:
    """What a cursor is bound to: path, caller, and every filter but `limit` and `cursor`."""
    filters = sorted((k, v) for k, v in request.incoming.query.items() if k not in ("limit", "cursor"))
    return repr((request.incoming.path, request.optional_caller and request.optional_caller.user_id, filters))


def start_key(request: Request[Any, Any]) -> dict[str, Any] | None:
    """The key to go on from, out of the request's cursor. Raises CursorInvalid."""
    return decode_cursor(request.query.cursor, cursor_scope(request))


def page_response(
    request: Request[Any, Any], items: Sequence[Any], next_key: dict[str, Any] | None, shape: Callable[..., BaseModel]
) -> Response:
    """The list's answer; `shape` is the PageOut model of its items."""
    cursor = encode_cursor(next_key, cursor_scope(request))
    link = next_link_header(request.incoming.path, request.incoming.query, cursor)
    return Response(shape(items=list(items), next_cursor=cursor), headers=link)
