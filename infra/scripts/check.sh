#!/usr/bin/env bash
# Checks the terraform configuration: format, validity, tests, security rules. Needs no account.
#   check.sh                 all of it (make infra-check)
#   check.sh --tests [DIR]   format, validity and tests of DIR only (mutations.py)
# Providers come from the registry; where none answers, infra/tools/terraform-offline plays the AWS provider, with its schema. On a machine
# without terraform it says so and succeeds: CI has it.
set -euo pipefail
infra=$(cd "$(dirname "$0")/.." && pwd)
offline=$infra/tools/terraform-offline/check.sh
only_tests=
[[ ${1:-} == --tests ]] && { only_tests=1; shift; }
dir=${1:-$infra}

skip() { echo "infra-check: SKIPPED, $1" >&2; exit 0; }
command -v terraform >/dev/null || skip "there is no terraform on this machine (https://developer.hashicorp.com/terraform/install)"
# A settings file that is not there makes every command warn.
[[ -e ${TF_CLI_CONFIG_FILE:-/dev/null} ]] || export TF_CLI_CONFIG_FILE=/dev/null
export TF_IN_AUTOMATION=1 CHECKPOINT_DISABLE=1

# On a copy, so that the clone stays as it is.
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT
cp -r "$dir" "$work/infra"; rm -rf "$work/infra/.terraform"

terraform fmt -check -diff -recursive "$work/infra"
if timeout 300 terraform -chdir="$work/infra" init -backend=false -input=false -no-color >"$work/init.log" 2>&1; then
  terraform -chdir="$work/infra" validate -no-color
  terraform -chdir="$work/infra" test -no-color
elif ! grep -q 'query available provider packages' "$work/init.log"; then
  cat "$work/init.log" >&2; exit 1 # the configuration's own fault
else
  [[ $only_tests ]] || echo "infra-check: no registry answers; with the offline stand-in of the AWS provider"
  "$offline" "$work/infra"
fi
[[ $only_tests ]] && exit

requirements=$infra/requirements-checkov.txt
venv=${XDG_CACHE_HOME:-$HOME/.cache}/spanlift/checkov-$(sha256sum "$requirements" | cut -c1-12)
if [[ ! -x $venv/bin/checkov || ! -e $venv/complete ]]; then
  echo "infra-check: installing checkov (once)"
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
  touch "$venv/complete"
fi
# A skip counts with a reason only, and a reason is a sentence.
if grep -rnE 'checkov:skip=[A-Z0-9_]+(:.{0,15})?$' "$infra" --include='*.tf'; then
  echo "infra-check: these checkov skips give no reason" >&2; exit 1
fi
"$venv/bin/checkov" --directory "$infra" --framework terraform --skip-download --quiet --compact
echo "infra-check: ok"
