#!/usr/bin/env bash
# Serves the stand-in of the AWS provider on a socket until it is stopped, and prints what TF_REATTACH_PROVIDERS must hold:
#   provider.sh SOCKET
# Its packages come from PyPI, once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
requirements=$here/requirements.txt
venv=${XDG_CACHE_HOME:-$HOME/.cache}/spanlift/terraform-offline-$(sha256sum "$requirements" | cut -c1-12)
if [[ ! -x $venv/bin/python || ! -e $venv/complete ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements" >&2
  touch "$venv/complete"
fi
exec "$venv/bin/python" "$here/stub_provider.py" "$here/aws_schema.json" "${1:?usage: provider.sh SOCKET}"
