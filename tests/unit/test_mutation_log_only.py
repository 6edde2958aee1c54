"""A survivor that changes only a log entry is no missing test; one that changes its code, or anything else, is."""

import pytest

from tests.mutation_log_only import log_only

_ORIGINAL = """
def x_f__mutmut_orig(order_id):
    if order_id:
        logger().warning("late", exc_info=True, extra={"code": "order_late", "order_id": order_id})
        emit_metrics("sweep", {"late": 1})
    return read(order_id)
"""


def _is_log_only(old: str, new: str) -> bool:
    assert _ORIGINAL.count(old) == 1
    mutant = _ORIGINAL.replace("x_f__mutmut_orig", "x_f__mutmut_12").replace(old, new)
    return log_only(_ORIGINAL + mutant, ["a.b.x_f__mutmut_12"]) == {"a.b.x_f__mutmut_12"}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"late", exc', '"XXlateXX", exc'),
        ('"late", exc', "None, exc"),
        ('"late", exc', "exc"),
        ("exc_info=True", "exc_info=False"),
        ("exc_info=True, ", ""),
        ('"order_id": order', '"ORDER_ID": order'),
        ("order_id}", "None}"),
    ],
)
def test_log_only_mutant_of_text_or_field_is_found(old: str, new: str) -> None:
    assert _is_log_only(old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"order_late"', '"XXorder_lateXX"'),
        ('"code"', '"CODE"'),
        (', extra={"code": "order_late", "order_id": order_id}', ""),
        ('extra={"code": "order_late", "order_id": order_id}', "extra=None"),
        ("if order_id", "if not order_id"),
        ("read(order_id)", "read(None)"),
        ('"sweep"', "None"),
        ('{"late": 1}', '{"late": 2}'),
        ("logger()", "other()"),
    ],
)
def test_log_only_mutant_of_code_of_metric_or_of_anything_else_is_not_found(old: str, new: str) -> None:
    assert not _is_log_only(old, new)


def test_log_only_finds_mutants_of_methods_and_only_those_that_were_asked_for() -> None:
    source = """
class Run:
    def xǁRunǁf__mutmut_orig(self):
        logger().info("done")
    def xǁRunǁf__mutmut_1(self):
        logger().info(None)
    def xǁRunǁf__mutmut_2(self):
        logger().info("DONE")
    def xǁRunǁf__mutmut_3(self):
        pass
"""
    mutants = [f"a.xǁRunǁf__mutmut_{number}" for number in (2, 3)]
    assert log_only(source, mutants) == {"a.xǁRunǁf__mutmut_2"}


def test_log_only_mutant_that_is_not_in_the_file_raises_key_error() -> None:
    with pytest.raises(KeyError):
        log_only(_ORIGINAL, ["a.x_f__mutmut_1"])
