"""Lesson texts: Markdown that may contain HTML, sanitised when it is stored and again when it is rendered.

Rendering never trusts the stored text: the sanitiser processes the rendered HTML last. The stored source is sanitised
too, because other programs may render it. Outside of code it contains only HTML from the allow-list, and no link to a
script. The rest of the Markdown stays as it was written, including `a < b`, `&` and `>`.
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
# The pattern matches no quotes, so that a replacement inside an attribute value can never open or close the value.
_DESTINATION: Final = re.compile(r"""(\]\(\s*|\]:\s*)(<[^>\n"']*>|[^\s)<>"']+)""")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_INVISIBLE: Final = re.compile(r"[\x00-\x20\x7f-\xa0\xad\u200b-\u200f\u2028-\u202e\ufeff\\]")


def render_html(source: str) -> str:
    """The sanitised HTML of a Markdown source. It is safe for any `source`."""
    return _clean_html(_parser().render(source), "noopener noreferrer nofollow")


def sanitize_source(source: str) -> str:
    """The sanitised Markdown to store. A safe source is returned unchanged, except for its line ends.

    Placeholders replace code and the characters that the HTML sanitiser would escape. They are replaced by the original
    text after sanitising."""
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    prefix = f"k{secrets.token_hex(8)}"  # random, so that no text can contain a placeholder
    originals = {f"{prefix}{letter}z": text for text, letter in _PLACEHOLDER_LETTERS.items()}
    placeholders = {text: key for key, text in originals.items()}
    code: dict[str, str] = {}
    parts: list[str] = []
    has_tags = False
    for kind, text in split_source(source, _parser().parse(source)):
        match kind:
            case TokenKind.TEXT:
                parts.append(re.sub("[&<>\xa0]", lambda special: placeholders[special[0]], text))
            case TokenKind.CODE:
                key = f"{prefix}{len(code)}z"
                code[key] = text
                parts.append(key)
            case TokenKind.TAG:
                has_tags = True
                parts.append(text)
            case TokenKind.TAG_START:
                parts.append(placeholders["&lt;"])
    safe = "".join(parts).removesuffix("\n")
    if has_tags:
        safe = _clean_html(safe, None)
    safe = _DESTINATION.sub(_neutralize_link, _restore_placeholders(safe, originals, prefix))
    return _restore_placeholders(safe, code, prefix)


def _restore_placeholders(text: str, originals: Mapping[str, str], prefix: str) -> str:
    return re.sub(rf"{prefix}(?:[a-z]|\d+)z", lambda found: originals.get(found[0], found[0]), text)


def _neutralize_link(link: re.Match[str]) -> str:
    """The link, with the destination `#` if a browser would read a scheme from it that is not allowed."""
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
    from markdown_it import MarkdownIt  # on use: a fifteenth of the cold start, and rarely needed

    return MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
