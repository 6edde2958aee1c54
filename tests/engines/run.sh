#!/bin/sh
# The tests of buying, once per engine named; says which engines could not be had.
tests="tests/engines tests/integration/test_payments_journey.py tests/integration/test_payments_found.py
    tests/integration/test_payments_refunds.py tests/integration/test_enrollments.py tests/integration/test_concurrency.py"
failed=0
ran=""
for engine in "$@"; do
    echo "== $engine"
    if why=$(.venv/bin/python -m local.engines "$engine"); then
        # shellcheck disable=SC2086 # a list of paths
        LMS_TEST_ENGINE=$engine .venv/bin/python -m pytest -n "${PYTEST_WORKERS:-auto}" --durations 3 $tests || failed=1
        ran="$ran $engine"
    else
        echo "not run on $engine: $why"
        [ "$engine" = ministack ] && failed=1
    fi
done
echo "ran on:${ran:- no engine}"
exit $failed
