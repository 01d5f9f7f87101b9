#!/usr/bin/env bash
# Checks a terraform configuration without a registry, an account or a network:
#   check.sh DIR            terraform init, validate and test of DIR against the AWS provider's schema
#   check.sh DIR -- ARGS    then also `terraform ARGS` (for example: -- plan -out=/tmp/x.tfplan)
# The provider is what provider.sh serves. It works on a copy, so no .terraform folder or
# state is left in DIR.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$(cd "${1:?usage: check.sh DIR [-- TERRAFORM ARGS]}" && pwd); shift
[[ ${1:-} == -- ]] && shift
command -v terraform >/dev/null || { echo "check.sh: there is no terraform on this machine" >&2; exit 2; }

work=$(mktemp -d); provider=
trap '[[ -n $provider ]] && kill "$provider" 2>/dev/null; rm -rf "$work"' EXIT
cp -r "$dir" "$work/stack"
"$here/provider.sh" "$work/aws.sock" >"$work/reattach.json" 2>"$work/provider.log" &
provider=$!
for _ in $(seq 3000); do [[ -s $work/reattach.json ]] && break; kill -0 $provider 2>/dev/null || break; sleep 0.1; done
[[ -s $work/reattach.json ]] || { cat "$work/provider.log" >&2; exit 2; }
TF_REATTACH_PROVIDERS=$(<"$work/reattach.json"); export TF_REATTACH_PROVIDERS
export TF_CLI_CONFIG_FILE=/dev/null TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

cd "$work/stack"
terraform init -backend=false -input=false -no-color >"$work/init.log" || { cat "$work/init.log" >&2; exit 1; }
terraform validate -no-color
if compgen -G 'tests/*.tftest.hcl' >/dev/null || compgen -G '*.tftest.hcl' >/dev/null; then terraform test -no-color; fi
if (($#)); then terraform "$@"; fi
