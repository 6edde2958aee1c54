"""Which mutants change only the text or the fields of a log entry (see mutation_report).

Its `code` is not one of those fields: the runbooks search the logs for it, so a mutant of it counts like any other.
A metric is not a log entry.
"""

import ast
from collections.abc import Iterable
from typing import Final

_LOGGER: Final = "logger"
"""Every log entry is written by a method of what this function of shared.observability returns."""
_CODE: Final = "code"


def log_only(source: str, mutants: Iterable[str]) -> set[str]:
    """The `mutants` that differ from the original only in the arguments of a log entry.

    `source` is a file that mutmut generated: `x_name__mutmut_orig` is the original of `x_name__mutmut_1`. A mutant is
    given as mutmut calls it, with its module. Raises KeyError for a mutant that is not in the file."""
    functions = {
        node.name: node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return {mutant for mutant in mutants if _differ_only_in_log(functions, mutant.rpartition(".")[2])}


def _differ_only_in_log(functions: dict[str, ast.FunctionDef | ast.AsyncFunctionDef], mutant: str) -> bool:
    original = functions[f"{mutant.rpartition('__mutmut_')[0]}__mutmut_orig"]
    return _without_log_entries(original) == _without_log_entries(functions[mutant])


def _without_log_entries(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The function without its name and without the arguments of its log entries."""
    copied = ast.parse(ast.unparse(function)).body[0]
    assert isinstance(copied, ast.FunctionDef | ast.AsyncFunctionDef)
    copied.name = ""
    return ast.dump(_Emptied().visit(copied))


class _Emptied(ast.NodeTransformer):
    """Replaces the arguments of each log entry by its code."""

    def visit_Call(self, node: ast.Call) -> ast.AST:
        match node.func:
            case ast.Attribute(value=ast.Call(func=ast.Name(id=name))) if name == _LOGGER:
                return ast.Call(func=node.func, args=_codes(node), keywords=[])
        return self.generic_visit(node)


def _codes(entry: ast.Call) -> list[ast.expr]:
    return [
        value
        for keyword in entry.keywords
        if keyword.arg == "extra" and isinstance(keyword.value, ast.Dict)
        for key, value in zip(keyword.value.keys, keyword.value.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == _CODE
    ]
