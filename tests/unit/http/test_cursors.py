"""Cursors are signed and bound to one list, and only one encoding of a cursor is accepted."""

import base64

import pytest

from shared.domain.lifecycle import Role
from shared.errors import CursorInvalid
from shared.http.cursor import decode_cursor, encode_cursor, next_link_header
from shared.http.pagination import cursor_scope
from shared.http.request import Request, parse_event
from shared.tokens import Caller

KEY = {"pk": {"S": "USER#usr_1"}, "sk": {"S": "PAYMENT#é"}}
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def signed_cursor(scope: str = "list") -> str:
    cursor = encode_cursor(KEY, scope)
    assert cursor
    return cursor


def test_cursor_signed_key_round_trips() -> None:
    assert decode_cursor(signed_cursor(), "list") == KEY
    assert (encode_cursor(None, "list"), decode_cursor(None, "list")) == (None, None)
    assert set(signed_cursor()) <= set(ALPHABET)


def test_cursor_any_changed_character_raises_cursor_invalid() -> None:
    cursor = signed_cursor()
    for position, character in enumerate(cursor):
        for other in {ALPHABET[(ALPHABET.index(character) + step) % 64] for step in (1, 2, 16, 32, 63)}:
            with pytest.raises(CursorInvalid):
                decode_cursor(cursor[:position] + other + cursor[position + 1 :], "list")


def test_cursor_malformed_text_raises_cursor_invalid() -> None:
    cursor = signed_cursor()
    malformed_cursors = [
        "",
        cursor[:-1],
        cursor[:20],
        cursor + "A",
        cursor + "=",
        cursor + "====",
        cursor[:7] + "\n" + cursor[7:],
        cursor[:7] + "!" + cursor[7:],
        " " + cursor,
        cursor + "é",
        cursor + "\ud800",
        cursor + "\0",
        cursor.swapcase(),
        base64.urlsafe_b64encode(b'{"pk":{"S":"USER#usr_2"}}').decode(),
        "A" * 2_000,
    ]
    for malformed in malformed_cursors:
        with pytest.raises(CursorInvalid):
            decode_cursor(malformed, "list")


def test_cursor_signed_with_another_secret_raises_cursor_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    cursor = signed_cursor()
    monkeypatch.setenv("LMS_CURSOR_KEY", "another-cursor-key-of-at-least-32-bytes")
    with pytest.raises(CursorInvalid):
        decode_cursor(cursor, "list")


def list_scope(path: str, query: str, user_id: str | None) -> str:
    caller = user_id and Caller(user_id, Role.STUDENT, "A", "ses_1", None)  # type: ignore[arg-type]
    incoming = parse_event({"rawPath": path, "rawQueryString": query})
    return cursor_scope(Request(incoming, {}, caller or None, None, None))


def test_cursor_scope_is_path_filters_and_caller() -> None:
    scope = list_scope("/api/x", "status=active&limit=5", "usr_1")
    assert list_scope("/api/x", "cursor=abc&status=active&limit=50", "usr_1") == scope
    other_scopes = [
        list_scope("/api/y", "status=active", "usr_1"),
        list_scope("/api/x", "status=active", "usr_2"),
        list_scope("/api/x", "status=active", None),
        list_scope("/api/x", "status=pending", "usr_1"),
        list_scope("/api/x", "", "usr_1"),
        list_scope("/api/x", "status=active&q=", "usr_1"),
    ]
    assert scope not in other_scopes
    assert len(set(other_scopes)) == len(other_scopes)
    for other_scope in other_scopes:
        with pytest.raises(CursorInvalid):
            decode_cursor(signed_cursor(scope), other_scope)


def test_next_link_keeps_filters_and_replaces_cursor() -> None:
    assert next_link_header("/api/x", {"q": "a b&c"}, "cur") == {"Link": '</api/x?q=a+b%26c&cursor=cur>; rel="next"'}
    assert next_link_header("/api/x", {"cursor": "old"}, "new") == {"Link": '</api/x?cursor=new>; rel="next"'}
    assert next_link_header("/api/x", {"q": "a"}, None) == {}
