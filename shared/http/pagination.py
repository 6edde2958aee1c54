"""Responses of lists: `{"items": […], "next_cursor": …}` with a Link header, and the start key of a request."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel

from shared.http.cursor import decode_cursor, encode_cursor, next_link_header
from shared.http.request import Request
from shared.http.response import Response

T = TypeVar("T", bound=BaseModel)


def cursor_scope(request: Request[Any, Any]) -> str:
    """The list that a cursor is bound to: path, caller, and all query parameters except `limit` and `cursor`."""
    filters = sorted((k, v) for k, v in request.incoming.query.items() if k not in ("limit", "cursor"))
    return repr((request.incoming.path, request.optional_caller and request.optional_caller.user_id, filters))


def start_key(request: Request[Any, Any]) -> dict[str, Any] | None:
    """The key after which the page starts, from the request's cursor; None for the first page. Raises CursorInvalid."""
    return decode_cursor(request.query.cursor, cursor_scope(request))


def page_response(
    request: Request[Any, Any], items: Sequence[Any], next_key: dict[str, Any] | None, schema: Callable[..., BaseModel]
) -> Response:
    """The response with one page of the list; `schema` is the PageOut class of its items."""
    cursor = encode_cursor(next_key, cursor_scope(request))
    link = next_link_header(request.incoming.path, request.incoming.query, cursor)
    return Response(schema(items=list(items), next_cursor=cursor), headers=link)
