#!/bin/sh
# Makes the virtual environment; names the cure where Python is too old or its venv module is missing.
set -eu
python=$1
venv=$2
if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python is missing ($python). Install Python 3.11 or newer, or name it: make demo PYTHON=/path/to/python3" >&2
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "$("$python" --version) is too old: Quorum needs Python 3.11 or newer. Name one: make demo PYTHON=python3.12" >&2
    exit 2
fi
rm -rf "$venv"
if "$python" -m venv "$venv" >/dev/null 2>&1; then
    exit 0
fi
rm -rf "$venv"
# Debian and Ubuntu ship Python without ensurepip; virtualenv from the package index does the same work.
if "$python" -m pip --version >/dev/null 2>&1; then
    echo "The venv module is missing; using virtualenv instead."
    tool=$(mktemp -d)
    trap 'rm -rf "$tool"' EXIT
    if "$python" -m pip install --quiet --target "$tool" virtualenv && PYTHONPATH="$tool" "$python" -m virtualenv --quiet "$venv"; then
        exit 0
    fi
fi
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
echo "Python's venv module is missing. Install it, then run make again:" >&2
echo "  Debian, Ubuntu:  sudo apt install python$version-venv      Fedora: it is part of python3" >&2
exit 2
