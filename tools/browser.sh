#!/bin/sh
# Prints the path of a Chromium or Chrome for the journeys, installing one if this machine has none.
# HABILIS_BROWSER names one; else one on the path; else Debian's when root; else the one of playwright. Those without
# windows come first: they open a page for a fifth of the work.
set -eu
cd "$(dirname "$0")/.."

find_browser() {
    for name in ${HABILIS_BROWSER:-} chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return 0
    done
    .venv/bin/python - 2>/dev/null <<'PYTHON'
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as play:
    path = play.chromium.executable_path
print(path) if os.path.exists(path) else sys.exit(1)
PYTHON
}

find_browser && exit 0
{
    if [ "$(id -u)" = 0 ] && command -v apt-get; then
        apt-get update -q && export DEBIAN_FRONTEND=noninteractive
        for name in chromium-headless-shell chromium; do
            apt-get install -q -y --no-install-recommends "$name" && break
        done
    else
        .venv/bin/python -m playwright install chromium
    fi
} >&2
find_browser || { echo "no browser: install Chromium, or name one in HABILIS_BROWSER" >&2; exit 1; }
