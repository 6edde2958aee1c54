#!/bin/sh
# Runs the tests of purchases on each engine in the arguments. Prints a summary: the tests that ran on each engine, and
# the reason why an engine could not run. FEW=1 runs a selection of two minutes.
flows="tests/fault_injection"
integration="tests/integration/payments/test_purchase.py tests/integration/payments/test_simulation_regressions.py
    tests/integration/payments/test_refunds.py tests/integration/enrollments/test_enrollments.py
    tests/integration/payments/test_concurrency.py tests/integration/payments/test_webhook_validation.py
    $(echo tests/integration/payments/faults/test_*.py)"
if [ -n "$FEW" ]; then
    export LMS_ENGINE_FEW=1
    tests=$flows
    scope="every flow with one fault, every fault with at least one flow, and concurrent learners"
else
    tests="$flows $integration"
    scope="every flow with every fault at every request, concurrent learners, and the integration tests of faults"
fi
failed=0
summary=""
for engine in "$@"; do
    echo "== $engine: $scope"
    if reason=$(.venv/bin/python -m local.dynamodb.engines "$engine"); then
        # shellcheck disable=SC2086 # a list of paths
        if LMS_TEST_ENGINE=$engine .venv/bin/python -m pytest -n "${PYTEST_WORKERS:-auto}" --durations 3 $tests; then
            summary="$summary
ran on $engine: $scope"
        else
            failed=1
            summary="$summary
FAILED on $engine"
        fi
    else
        summary="$summary
not run on $engine: $reason"
        [ "$engine" = ministack ] && failed=1
    fi
done
echo "$summary"
exit $failed
