#!/usr/bin/env bash
# Checks a terraform configuration without a registry, an account or a network:
#   check.sh DIR            terraform init, validate and test of DIR against the AWS provider's schema
#   check.sh DIR -- ARGS    then also `terraform ARGS` (for example: -- plan -out=/tmp/x.tfplan)
# The provider is stub_provider.py beside this file. Its packages come from PyPI, once. It works on a copy, so no .terraform folder or
# state is left in DIR.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: check.sh DIR [-- TERRAFORM ARGS]}" && pwd); shift
[[ ${1:-} == -- ]] && shift
command -v terraform >/dev/null || { echo "check.sh: there is no terraform on this machine" >&2; exit 2; }

requirements=$here/requirements.txt
venv=${XDG_CACHE_HOME:-$HOME/.cache}/spanlift/terraform-offline-$(sha256sum "$requirements" | cut -c1-12)
if [[ ! -x $venv/bin/python || ! -e $venv/complete ]]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  touch "$venv/complete"
fi

work=$(mktemp -d); provider=
trap '[[ -n $provider ]] && kill "$provider" 2>/dev/null; rm -rf "$work"' EXIT
cp -r "$dir" "$work/stack"
"$venv/bin/python" "$here/stub_provider.py" "$here/aws_schema.json" "$work/aws.sock" >"$work/reattach.json" 2>"$work/provider.log" &
provider=$!
for _ in $(seq 100); do [[ -s $work/reattach.json ]] && break; sleep 0.1; done
[[ -s $work/reattach.json ]] || { cat "$work/provider.log" >&2; exit 2; }
TF_REATTACH_PROVIDERS=$(<"$work/reattach.json"); export TF_REATTACH_PROVIDERS
export TF_CLI_CONFIG_FILE=/dev/null TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

cd "$work/stack"
terraform init -backend=false -input=false -no-color >"$work/init.log" || { cat "$work/init.log" >&2; exit 1; }
terraform validate -no-color
if compgen -G 'tests/*.tftest.hcl' >/dev/null || compgen -G '*.tftest.hcl' >/dev/null; then terraform test -no-color; fi
if (($#)); then terraform "$@"; fi
