"""Splits Markdown into code, HTML tags and text, because each needs its own treatment."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import groupby
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it.token import Token


def _tag_names(text: str) -> frozenset[str]:
    return frozenset(text.split())


ALLOWED_TAGS: Final = _tag_names(
    "a abbr b blockquote br caption cite code col colgroup dd del details dfn div dl dt em figcaption figure h1 h2 h3"
    " h4 h5 h6 hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th"
    " thead tr u ul var"
)
_DROPPED_WITH_CONTENT: Final = _tag_names(
    "applet iframe math noembed noframes noscript object script style svg template textarea title xmp"
)
_KNOWN_TAGS: Final = _tag_names(
    "animate area article aside audio base bgsound body button canvas center dialog embed font footer form frame"
    " frameset head header html image input isindex keygen label layer link listing main map marquee menu meta nav"
    " option param plaintext picture section select set slot source track use video xml"
).union(ALLOWED_TAGS, _DROPPED_WITH_CONTENT)
"""The names that are treated as HTML. Another name in angle brackets, as in `List<String>`, is more likely text."""

# An attribute that CommonMark and browsers parse identically. The pattern matches nothing where they could differ.
_ATTRIBUTE: Final = r"\s+[A-Za-z_:][\w.:-]*(?:\s*=\s*(?:[^\s\"'=<>`]+|'[^'<>]*'|\"[^\"<>]*\"))?"
_TOKEN: Final = re.compile(
    r"(?P<backslash>\\[^<\n])"
    r"|(?P<ticks>`+)"
    r"|(?P<comment><!--)"
    r"|(?P<link><(?:(?:https?|mailto):[^\s<>\"'`]*|[\w.+-]+@[\w.-]+)>)"
    rf"|(?P<tag></?(?P<name>[A-Za-z][A-Za-z0-9-]*)(?:{_ATTRIBUTE})*+\s*/?>)"
    r"|(?P<loose></?(?P<loose_name>[A-Za-z][A-Za-z0-9-]*)(?=[\s/>\"'`=])[^<>]*>)"
    r"|(?P<less><(?=[\s=\d-]))"
    r"|(?P<begins>\\?<)",
    re.DOTALL,
)
_EVENT_HANDLER: Final = re.compile(r"[\s/\"'`]on\w+\s*=", re.IGNORECASE)


class TokenKind(Enum):
    TEXT = auto()
    CODE = auto()
    TAG = auto()
    """An allowed tag, with unsanitised attributes."""
    TAG_START = auto()
    """A `<`, perhaps escaped, that could start a tag."""


SourceToken = tuple[TokenKind, str]


def split_source(source: str, tokens: "Sequence[Token]") -> Iterator[SourceToken]:
    """Yields the source from start to end, without comments and forbidden HTML. `tokens` are the result of parsing it
    as Markdown: only a complete parser can decide which parts are code."""
    lines = source.split("\n")
    blocks = _blocks(tokens)
    for block, numbers in groupby(range(len(lines)), key=lambda number: blocks.get(number, _NO_BLOCK)):
        text = "\n".join(lines[number] for number in numbers)
        if block.is_code:
            yield TokenKind.CODE, text
        else:
            yield from _inline(text, block.code_spans)
        yield TokenKind.TEXT, "\n"


@dataclass(eq=False)
class _Block:
    """Lines of one Markdown block, and the contents of the code spans in them."""

    is_code: bool = False
    code_spans: set[str] = field(default_factory=set)


_NO_BLOCK: Final = _Block()


def _blocks(tokens: "Sequence[Token]") -> dict[int, _Block]:
    """The block of each line, by line number. The cells of a table row share a line, and therefore a block."""
    found: dict[int, _Block] = {}
    for token in tokens:
        if token.map is None or token.type not in ("fence", "code_block", "html_block", "inline"):
            continue
        block = _Block(is_code=token.type in ("fence", "code_block"))
        for line in range(*token.map):
            block = found.setdefault(line, block)
        block.code_spans.update(child.content for child in token.children or () if child.type == "code_inline")
    return found


def _inline(text: str, code_spans: set[str]) -> Iterator[SourceToken]:
    """Yields the tokens of text outside of code blocks. `code_spans` are the contents of its code spans."""
    at, last_comment_ends = 0, text.rfind("-->")
    while step := _TOKEN.search(text, at):
        yield TokenKind.TEXT, text[at : step.start()]
        at = step.end()
        match step.lastgroup:
            case "ticks":
                end = _code_span_end(text, step, code_spans)
                yield (TokenKind.CODE if end else TokenKind.TEXT), text[step.start() : end or at]
                at = end or at
            case "tag" | "name" | "loose" | "loose_name":
                piece, at = _filter_tag(text, step)
                yield piece
            case "comment" if at <= last_comment_ends:
                at = text.index("-->", at) + 3
            case "begins" | "comment":
                yield TokenKind.TAG_START, step[0]
            case _:
                yield TokenKind.TEXT, step[0]
    yield TokenKind.TEXT, text[at:]


def _code_span_end(text: str, opening: re.Match[str], code_spans: set[str]) -> int | None:
    """The end of the code span that begins with these backticks; None if Markdown reads them as text."""
    if not code_spans:
        return None
    closing = re.compile(rf"(?<!`){opening[0]}(?!`)").search(text, opening.end())
    if closing and _normalize_code_span(text[opening.end() : closing.start()]) in code_spans:
        return closing.end()
    return None


def _normalize_code_span(code: str) -> str:
    code = re.sub(r"\n[ >]*", " ", code)
    return code[1:-1] if code.strip() and code[0] == code[-1] == " " else code


def _filter_tag(text: str, step: re.Match[str]) -> tuple[SourceToken, int]:
    """The token for a tag, and the position at which to continue.

    An allowed tag is kept. Some forbidden tags are dropped together with their content, if they have an end tag. Of the
    others, a tag without attributes ("put it into <head>") and an unknown tag without an event handler are text, and
    all the rest are dropped."""
    name = (step["name"] or step["loose_name"]).lower()
    if step["tag"] and name in ALLOWED_TAGS:
        return (TokenKind.TAG, step[0]), step.end()
    if name in _DROPPED_WITH_CONTENT and not step[0].startswith("</"):
        closing = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(text, step.end())
        if closing:
            return (TokenKind.TEXT, ""), closing.end()
    bare = step[0].strip("</>").lower() == name
    if bare or (name not in _KNOWN_TAGS and not _EVENT_HANDLER.search(step[0])):
        return (TokenKind.TAG_START, "<"), step.start() + 1
    return (TokenKind.TEXT, ""), step.end()
