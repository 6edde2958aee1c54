"""Lesson texts: Markdown that may hold HTML, made safe when it is written and again when it is shown.

What is shown never rests on what was stored: the rendered HTML goes through the sanitiser last. The stored source is
made safe too, because other programs may render it: outside of code, only HTML of the allow-list is left in it, and no
link leads to a script. Everything else of the Markdown stays as it was written, `a < b`, `&` and `>` included.
"""

import re
import secrets
from collections.abc import Mapping
from functools import cache
from html import unescape
from typing import TYPE_CHECKING, Final

import nh3

from functions.courses.markdown_tokens import ALLOWED_TAGS, TokenKind, split_source

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": {"title"},
    "a": {"href"},
    "code": {"class"},
    "img": {"src", "alt", "width", "height"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
}
_SCHEMES: Final = frozenset({"http", "https", "mailto"})
_LANGUAGE_CLASS: Final = re.compile(r"language-[A-Za-z0-9+#_.-]{1,30}")
_PLACEHOLDER_LETTERS: Final = {"&": "a", "<": "l", ">": "g", "\xa0": "n", "&lt;": "e"}
# Without quotes: what is taken out of an attribute's value can then never open or close it.
_DESTINATION: Final = re.compile(r"""(\]\(\s*|\]:\s*)(<[^>\n"']*>|[^\s)<>"']+)""")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_INVISIBLE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\ufeff\\]")


def render_html(source: str) -> str:
    """The HTML to show. Safe whatever `source` is."""
    return _clean_html(_parser().render(source), "noopener noreferrer nofollow")


def sanitize_source(source: str) -> str:
    """The source to store: what is safe comes out as it went in."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    mark = f"k{secrets.token_hex(8)}"  # cannot be guessed, so no text can pretend to be one of ours
    special = {f"{mark}{letter}z": text for text, letter in _PLACEHOLDER_LETTERS.items()}
    stand_in = {text: key for key, text in special.items()}
    code: dict[str, str] = {}
    out: list[str] = []
    tags = False
    for kind, text in split_source(source, _parser().parse(source)):
        match kind:
            case TokenKind.TEXT:
                out.append(re.sub("[&<>\xa0]", lambda found: stand_in[found[0]], text))
            case TokenKind.CODE:
                key = f"{mark}{len(code)}z"
                code[key] = text
                out.append(key)
            case TokenKind.TAG:
                tags = True
                out.append(text)
            case TokenKind.TAG_START:
                out.append(stand_in["&lt;"])
    safe = "".join(out).removesuffix("\n")
    if tags:
        safe = _clean_html(safe, None)
    safe = _DESTINATION.sub(_neutralize_link, _restore_placeholders(safe, special, mark))
    return _restore_placeholders(safe, code, mark)


def _restore_placeholders(text: str, kept: Mapping[str, str], mark: str) -> str:
    return re.sub(rf"{mark}(?:[a-z]|\d+)z", lambda found: kept.get(found[0], found[0]), text)


def _neutralize_link(link: re.Match[str]) -> str:
    """The link, leading nowhere when its scheme, read as a browser would, is not an allowed one."""
    scheme = _SCHEME.match(_INVISIBLE.sub("", unescape(link[2].strip("<>"))))
    if scheme and scheme[1].lower() not in _SCHEMES:
        return f"{link[1]}#"
    return link[0]


def _clean_html(html: str, rel: str | None) -> str:
    return nh3.clean(
        html,
        tags=set(ALLOWED_TAGS),
        attributes=_ATTRIBUTES,
        attribute_filter=_filter_attribute,
        url_schemes=set(_SCHEMES),
        link_rel=rel,
    )


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    if (tag, name) == ("code", "class"):
        return value if _LANGUAGE_CLASS.fullmatch(value) else None
    return value


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt  # a fifteenth of this function's cold start, and most requests have no text

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
