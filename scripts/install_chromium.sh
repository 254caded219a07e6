#!/bin/sh
# Makes sure that the browser tests find a Chromium; says nothing where one is there already.
#   scripts/install_chromium.sh [python with playwright]
python=${1:-python3}

found() {
    command -v chromium >/dev/null || "$python" -c "
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))" 2>/dev/null
}

packages() { # as root, or where sudo asks nothing
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

found && exit 0
echo "installing Chromium for the browser tests ..." >&2
if command -v apt-get >/dev/null; then
    packages apt-get -qq update >/dev/null
    # With the characters of the Chinese pages. Ubuntu's chromium is a snap, which does not run everywhere.
    packages env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y fonts-noto-cjk >/dev/null
    grep -q '^ID=ubuntu' /etc/os-release ||
        packages env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y chromium >/dev/null
    found && exit 0
fi
"$python" -m playwright install --with-deps chromium </dev/null >&2 ||
    "$python" -m playwright install chromium >&2
found && exit 0
echo "The browser tests need Chromium, and it could not be installed: put a \`chromium\` on PATH." >&2
exit 1
