#!/bin/sh
# Makes .venv (or .venv-heart) from a lock file, asking for nothing but Python, pip and venv.
# Usage: tools/setup.sh user|dev|heart
set -eu
cd "$(dirname "$0")/.."

python=${PYTHON:-}
for candidate in python3 python3.13 python3.12 python3.11; do
    [ -n "$python" ] && break
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && python=$candidate
done
[ -n "$python" ] || { echo "Python 3.11 or newer is needed, and none was found" >&2; exit 2; }

venv=.venv lock=requirements.lock
case ${1:-user} in
    user) ;;
    dev) lock=requirements-dev.lock ;;
    heart) venv=.venv-heart lock=requirements-heart.lock ;;
    *) echo "usage: tools/setup.sh user|dev|heart" >&2; exit 2 ;;
esac

# A virtual environment whose Python is gone, or which was never finished, is made again.
"$venv/bin/python" -m pip --version >/dev/null 2>&1 || "$python" -m venv --clear "$venv"

echo "installing $lock into $venv"
pip() { "$venv/bin/python" -m pip --disable-pip-version-check --no-input -q "$@"; }
pip install --require-hashes -r "$lock"
[ "$venv" = .venv-heart ] || pip install --no-deps --no-build-isolation --no-index -e .

# INVARIANT: a stamp is written last; make runs this script again only when a lock is newer than its stamp.
touch "$venv/.${1:-user}"
[ "${1:-user}" != dev ] || touch "$venv/.user"
