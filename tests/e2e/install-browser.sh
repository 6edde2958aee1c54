#!/bin/sh
# The page's tests drive Debian's Chromium. Where it cannot be had, say what will be skipped and go on.
if [ -x "${LMS_CHROMIUM:-/usr/bin/chromium}" ]; then exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing chromium for the browser tests (once)"
    { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium; } >/dev/null 2>&1
fi
[ -x /usr/bin/chromium ] || echo "no chromium: the tests in tests/e2e marked 'browser' will be skipped (install it, or set LMS_CHROMIUM)"
