#!/usr/bin/env bash
# Packages of every function for one architecture, and the spanlift command:
#   release.sh arm64      →  target/release-files/spanlift-functions-arm64.zip, …/spanlift-arm64      (or: x86_64)
# The zip unpacks to <function>/bootstrap.zip, which is what terraform's package_directory wants. cargo-lambda builds the command, too, for the
# same old glibc (2.30 and not the machine's), but in a run of its own and by package: docs/adr/0023-profiles-in-the-command-only.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
architecture=${1:?usage: release.sh arm64, or release.sh x86_64}

functions=() # not by mapfile, which macOS's bash 3.2 does not have
while read -r name; do functions+=("$name"); done < <(python3 -c 'import json; print(*["fanout", *json.load(open("infra/deployment.json"))["providers"]], sep="\n")')
build() { # PACKAGE…
  local packages=() name
  for name in "$@"; do packages+=(--package "$name"); done
  cargo lambda build --release --locked "--${architecture/_/-}" --output-format zip "${packages[@]}"
}
build "${functions[@]}"
build spanlift
python3 infra/scripts/package.py

out=target/release-files; rm -rf "$out"; mkdir -p "$out"
python3 - "$out" "$architecture" overdue "${functions[@]}" <<'PYTHON'
import sys, zipfile
from pathlib import Path

out, architecture, *names = Path(sys.argv[1]), *sys.argv[2:]
packages = Path("target/lambda")
with zipfile.ZipFile(out / f"spanlift-functions-{architecture}.zip", "w") as file:  # packed already
    for name in names:
        file.write(packages / name / "bootstrap.zip", f"{name}/bootstrap.zip")
command = out / f"spanlift-{architecture}"
command.write_bytes(zipfile.ZipFile(packages / "spanlift/bootstrap.zip").read("bootstrap"))
command.chmod(0o755)
PYTHON
ls -l "$out"
