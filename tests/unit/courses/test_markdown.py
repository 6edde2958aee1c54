"""Sanitized Markdown: safe sources are unchanged, and nothing executable remains."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.courses.markdown import render_html, sanitize_source

SAFE_SOURCES = [
    "# Title\n\nSome *text*, a < b, 1 <= 2, a <- b, I <3 you, A & B, x > y & z\n",
    "> a quote\n>\n> > deeper",
    "```html\n<script>alert(1)</script>\n```\n",
    "~~~\n<b onclick=x>\n~~~",
    "    <script>indented code</script>\n\ntext",
    "Inline `<script>` and ``a ` b <i>`` code",
    "- one\n- `<b>` two\n  1. three",
    "| a | `<b>` |\n|---|---|\n| `<script>` | `x` |",
    "> ```\n> <script>\n> ```",
    '[link](https://example.com/a?b=c&d=e "title") ![img](/pic.png) <https://example.com/?a=1&b=2>',
    "[mail](mailto:a@example.com) <a@example.com>",
    "[ref]: https://example.com\n[ref]",
    "JavaScript: The Good Parts. Tell me: is `javascript:` a scheme?",
    "&lt;script&gt; &copy; &amp;amp;",
    'HTML: <b>bold</b> <a href="https://example.com">x</a> <img src="/a.png" alt="a">',
    "<details>\n\n<summary>More</summary>\n\n**inside**\n\n</details>",
    "a\u00a0b <i>c</i>",
    "tabs\tand  two spaces at the end  \nnext",
    "no newline at the end",
    "",
    "\\`not code\\` \\*not em\\*",
]

XSS_VECTORS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<<script>img src=x onerror=alert(1)>",
    "<script\n>alert(1)</script\n>",
    "<script/x>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<img src='x' onerror='alert(1)'",
    '<img src="x" onerror="alert(1)">',
    '<img src="x"onerror=alert(1)>',
    "<IMG SRC=javascript:alert(1)>",
    '<img src="jav&#x09;ascript:alert(1)">',
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg/onload=alert(1)//",
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data=javascript:alert(1)></object>",
    "<embed src=javascript:alert(1)>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    '<a href="&#106;avascript:alert(1)">x</a>',
    '<a href=" javascript:alert(1)">x</a>',
    "<a href=data:text/html;base64,PHNjcmlwdD4=>x</a>",
    "<a href=vbscript:msgbox(1)>x</a>",
    '<a title="](x:" href=" onclick=alert(1) ">x</a>',
    '<a b"c href="e>f`" onmouseover="alert(1)`">x</a>',
    "<b style='background:url(javascript:alert(1))'>x</b>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<link rel=stylesheet href=javascript:alert(1)>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<base href=javascript:alert(1)//>",
    "<details open ontoggle=alert(1)>x</details>",
    "<video><source onerror=alert(1)></video>",
    "<input autofocus onfocus=alert(1)>",
    "<xss onmouseover=alert(1)>x</xss>",
    "<!--<img src=x onerror=alert(1)>-->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<?xml version='1.0'?><script>alert(1)</script>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<textarea></textarea><script>alert(1)</script>",
    "<template><script>alert(1)</script></template>",
    "<table><td background=javascript:alert(1)>x",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<javascript:alert(1)>)",
    "[x](\njavascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](java&Tab;script:alert(1))",
    "[x](javascript\\:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x][y]\n\n[y]: javascript:alert(1)",
    "[x][y]\n\n[y]:\n  <javascript:alert(1)>",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    '![x](x"onerror="alert(1))',
    '[x](https://e.example/"onmouseover=alert(1)//)',
    "`<script>alert(1)</script>",
    "\\`<script>alert(1)</script>`",
    "\\<script>alert(1)</script>",
    "<div>\n`<script>alert(1)</script>`\n</div>",
    "<div>\n```\n<script>alert(1)</script>\n```\n</div>",
    "| a | b |\n|---|---|\n| `x | <script>alert(1)</script>` |",
    "<script>alert(1)//\n\n`</script>`",
    "> <script>\n> alert(1)\n> </script>",
    "\u0000<script>alert(1)</script>",
]


class _ExecutableContent(HTMLParser):
    """Finds content that a browser would execute. It parses `source` as HTML: some clients insert Markdown into a page
    without rendering it."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "style", "iframe", "object", "embed", "svg", "math", "form", "link", "meta", "base"):
            self.found.append(tag)
        for name, value in attrs:
            scheme = "".join((value or "").split()).lower()
            if name.startswith("on") or name in ("style", "srcdoc") or scheme.startswith(("javascript:", "vbscript:")):
                self.found.append(f"{tag} {name}={value}")
            if name in ("href", "src") and scheme.startswith("data:"):
                self.found.append(f"{tag} {name}={value}")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)


@pytest.mark.parametrize("source", SAFE_SOURCES)
def test_sanitize_markdown_safe_source_is_unchanged(source: str) -> None:
    assert sanitize_source(source) == source


@pytest.mark.parametrize("source", XSS_VECTORS)
def test_sanitize_markdown_xss_vector_leaves_nothing_executable(source: str) -> None:
    safe = sanitize_source(source)
    assert _ExecutableContent(render_html(source)).found == []
    assert _ExecutableContent(render_html(safe)).found == []
    assert _ExecutableContent(safe).found == []
    assert "](javascript" not in safe.lower()
    assert _ExecutableContent(sanitize_source(safe)).found == []


def test_sanitize_markdown_words_in_angle_brackets_are_escaped() -> None:
    assert sanitize_source("use <script> in <head>, or List<String>, if x<y") == (
        "use &lt;script> in &lt;head>, or List&lt;String>, if x&lt;y"
    )
    assert render_html("put it into &lt;head>") == "<p>put it into &lt;head&gt;</p>\n"


def test_sanitize_markdown_forbidden_elements_are_removed_and_text_kept() -> None:
    assert sanitize_source(
        "a <script>alert(1)</script>b <!-- note -->c <b onclick=x>d</b> <iframe src=x></iframe>e"
    ) == ("a b c <b>d</b> e")
    assert sanitize_source("a\r\nb\rc") == "a\nb\nc"
    assert sanitize_source("[x](javascript:go) after") == "[x](#) after"


def test_render_markdown_links_get_rel_and_code_gets_language_class() -> None:
    assert render_html("[x](https://example.com)") == (
        '<p><a href="https://example.com" rel="noopener noreferrer nofollow">x</a></p>\n'
    )
    assert render_html("```python\nx\n```") == '<pre><code class="language-python">x\n</code></pre>\n'
    assert render_html('<code class="evil language-x">x</code>') == "<p><code>x</code></p>\n"


_TAGS = "<script> </script> <img <svg <a <p <b> </b> <code> <table> <td> <!-- --> < > /"
_WORDS = "a x script src= href= title= onerror= javascript: &lt; &#60; &"
_MARKS = "` `` ``` [ ]( ) ]: ! - | = $ \" ' \\"
_SPACES = [" ", "\n", "\n\n", "\t", "    ", "> "]
_PARTS = st.sampled_from([*_TAGS.split(), *_WORDS.split(), *_MARKS.split(), *_SPACES])


@given(st.lists(_PARTS, max_size=25).map("".join))
def test_sanitize_markdown_random_fragments_leave_nothing_executable(source: str) -> None:
    safe = sanitize_source(source)
    assert _ExecutableContent(render_html(source)).found == []
    assert _ExecutableContent(render_html(safe)).found == []
