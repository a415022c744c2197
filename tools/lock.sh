#!/bin/sh
# Pins every package with its hashes, for every supported Python and Linux machine, naming no registry.
# Usage: tools/lock.sh [--upgrade]
set -eu
cd "$(dirname "$0")/.."
[ -x .venv-lock/bin/uv ] || { python3 -m venv .venv-lock && .venv-lock/bin/pip install -q uv; }

lock() {  # lock FILE OPTION…
    file=$1
    shift
    .venv-lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
        --no-emit-find-links --custom-compile-command "make lock" -o "$file" "$@"
}

lock requirements.lock pyproject.toml --group build "$@"
lock requirements-dev.lock pyproject.toml --group dev -c requirements.lock "$@"
lock requirements-heart.lock --group heart -c requirements-dev.lock "$@"
