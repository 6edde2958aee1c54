#!/bin/sh
# The tests of buying, once per engine named; says what was run on which, and what could not be and why. FEW=1 runs what
# fits two minutes.
flows="tests/fault_injection"
stories="tests/integration/payments/test_purchase.py tests/integration/payments/test_simulation_regressions.py
    tests/integration/payments/test_refunds.py tests/integration/enrollments/test_enrollments.py tests/integration/payments/test_concurrency.py
    tests/integration/payments/test_webhook_validation.py tests/integration/payments/faults/test_known_money_mistakes.py
    $(echo tests/integration/payments/faults/test_*.py)"
if [ -n "$FEW" ]; then
    export LMS_ENGINE_FEW=1
    tests=$flows
    what="every flow with one fault, every fault with some flow, and a crowd"
else
    tests="$flows $stories"
    what="every flow with every fault at every request, a crowd, and every story of a fault"
fi
failed=0
told=""
for engine in "$@"; do
    echo "== $engine: $what"
    if why=$(.venv/bin/python -m local.dynamodb.engines "$engine"); then
        # shellcheck disable=SC2086 # a list of paths
        if LMS_TEST_ENGINE=$engine .venv/bin/python -m pytest -n "${PYTEST_WORKERS:-auto}" --durations 3 $tests; then
            told="$told
ran on $engine: $what"
        else
            failed=1
            told="$told
FAILED on $engine"
        fi
    else
        told="$told
not run on $engine: $why"
        [ "$engine" = ministack ] && failed=1
    fi
done
echo "$told"
exit $failed
