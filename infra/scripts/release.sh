#!/usr/bin/env bash
# Packages of every function for one architecture, and the spanlift command:
#   release.sh arm64 --arm64      →  target/release-files/spanlift-functions-arm64.zip, …/spanlift-arm64
# The zip unpacks to <function>/bootstrap.zip, which is what terraform's package_directory wants.
set -euo pipefail
cd "$(dirname "$0")/../.."
architecture=${1:?usage: release.sh NAME CARGO-LAMBDA-FLAG}; flag=${2:?usage: release.sh NAME CARGO-LAMBDA-FLAG}

mapfile -t functions < <(python3 -c 'import json; print(*["fanout", *json.load(open("infra/deployment.json"))["providers"]], sep="\n")')
bins=(); for name in "${functions[@]}"; do bins+=(--bin "$name"); done
cargo lambda build --release --locked "$flag" --output-format zip "${bins[@]}"
python3 infra/scripts/package.py
cargo build --release --locked --package spanlift

out=target/release-files; rm -rf "$out"; mkdir -p "$out"
cp target/release/spanlift "$out/spanlift-$architecture"
python3 - "$out/spanlift-functions-$architecture.zip" overdue "${functions[@]}" <<'PYTHON'
import sys, zipfile
from pathlib import Path

archive, *names = sys.argv[1:]
with zipfile.ZipFile(archive, "w") as file:  # packed already
    for name in names:
        file.write(Path("target/lambda") / name / "bootstrap.zip", f"{name}/bootstrap.zip")
PYTHON
ls -l "$out"
