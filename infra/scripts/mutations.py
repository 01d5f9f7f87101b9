#!/usr/bin/env python3
"""Does infra-check notice? For each number and rule that the terraform tests assert, one wrong change: each must turn the check red, and for the
reason that is meant. Run it after a change of the tests: mutations.py [part of a reason]. It takes some minutes, and changes nothing here.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

INFRA = Path(__file__).resolve().parents[1]
STACK, ACCESS, WORKER, IMPORTER, APPLY = "stack", "access", "worker", "importer", "apply"
JSON, QUEUE, FUNCTION, ROLE, ALARMS = "deployment.json", "modules/worker/queue.tf", "modules/worker/function.tf", "modules/worker/role.tf", "modules/worker/alarms.tf"
VARIABLES, MAIN = "variables.tf", "modules/importer/main.tf"

# An alarm's lines.
ABOVE = '  comparison_operator = "GreaterThanThreshold"\n  threshold           = '
AT_ONCE = '  statistic           = "Sum"\n  period              = 300\n  evaluation_periods  = 1\n' + ABOVE

# Test file, changed file, what stands there, what then stands there, what the check must say.
MUTATIONS = [
    # deployment.json reaches the functions
    (STACK, JSON, '"visibility_timeouts": 6', '"visibility_timeouts": 5', "The functions' numbers"),
    (STACK, JSON, '"retention_seconds": 345600', '"retention_seconds": 86400', "The functions' numbers"),
    (STACK, JSON, '"dead_letter_retention_seconds": 1209600', '"dead_letter_retention_seconds": 345600', "The functions' numbers"),
    (STACK, JSON, '"memory_megabytes": 512', '"memory_megabytes": 256', "The functions' numbers"),
    (STACK, JSON, '"fanout": { "timeout_seconds": 60, "batch_size": 10', '"fanout": { "timeout_seconds": 60, "batch_size": 1', "The functions' numbers"),
    (STACK, JSON, '"timeout_seconds": 45', '"timeout_seconds": 60', "The functions' numbers"),
    (STACK, JSON, '"budget_seconds": 30', '"budget_seconds": 29', "budgets and passes"),
    (STACK, JSON, "960, 1800]", "960]", "budgets and passes"),
    (STACK, JSON, '"last_look_seconds": 300', '"last_look_seconds": 60', "budgets and passes"),
    (STACK, JSON, '"pass_seconds": [20, 60, 300, 900]', '"pass_seconds": [20, 60, 300]', "budgets and passes"),
    (STACK, JSON, '"batch_size": 10, "maximum_concurrency": 10', '"batch_size": 10, "maximum_concurrency": 20', "The functions' numbers"),
    (STACK, JSON, '"batch_size": 1, "maximum_concurrency": 10', '"batch_size": 1, "maximum_concurrency": 20', "The functions' numbers"),
    (STACK, MAIN, "sends_to_itself = true", "sends_to_itself = false", "Importers may feed"),
    (STACK, "fanout.tf", 'dead_letter_use = "events"', 'dead_letter_use = "events"\n  sends_to_itself = true', "Importers may feed"),
    (STACK, JSON, '"retry_base_seconds": 10', '"retry_base_seconds": 60', "Every function is told"),
    (STACK, JSON, '"malloc_arenas": 1', '"malloc_arenas": 2', "Every function is told"),
    (STACK, JSON, '"max_receives": 5', '"max_receives": 4', "Every function is told"),
    (STACK, JSON, '"days": 90', '"days": 30', "Every function is told"),
    (STACK, "locals.tf", "SECRET_PREFIX      = local.prefix", 'SECRET_PREFIX      = "other"', "Every function is told"),
    (STACK, "importers.tf", "clickhouse_secret = local.clickhouse_secret", "clickhouse_secret = local.reader_secret", "the user that writes"),
    (STACK, MAIN, 'join(",", sort(var.allowed_hosts))', 'join(" ", sort(var.allowed_hosts))', "hosts that were allowed"),
    # the ledger
    (STACK, "ledger.tf", '"PAY_PER_REQUEST"', '"PROVISIONED"', "paid by request"),
    (STACK, "ledger.tf", '= "SK"', '= "PK"', "PK and SK"),
    (STACK, JSON, '"expires_at"', '"updated_at"', "expire by"),
    (STACK, "ledger.tf", "point_in_time_recovery {\n    enabled = true", "point_in_time_recovery {\n    enabled = false", "can be restored"),
    (STACK, VARIABLES, 'type        = bool\n  default     = true', 'type        = bool\n  default     = false', "protected from deletion"),
    (STACK, "ledger.tf", '"KEYS_ONLY"', '"ALL"', "Two sparse indexes"),
    (STACK, JSON, '"hash": "attention_key"', '"hash": "organization_id"', "Two sparse indexes"),
    (STACK, "ledger.tf", '= "N"', '= "S"', "passes_from is a number"),
    (STACK, JSON, '"hash": "recent_key"', '"hash": "organization_id"', "Two sparse indexes"),
    # events
    (STACK, JSON, '"coval.simulations"', '"coval"', "lets completed simulations through"),
    (STACK, JSON, '"maximum_age_seconds": 86400', '"maximum_age_seconds": 60', "tries for a day"),
    (STACK, JSON, '"maximum_retries": 185', '"maximum_retries": 0', "tries for a day"),
    (STACK, "events.tf", "queues.dead_letter_retention_seconds", "queues.retention_seconds", "cannot be delivered"),
    (STACK, "events.tf", "  dead_letter_config {\n    arn = aws_sqs_queue.undelivered.arn\n  }\n\n", "", "cannot be delivered"),
    (STACK, "events.tf", ":rule/${local.prefix}-${local.deployment.event.bus}/", ":rule/*/", "Only the rule"),
    # secrets, key
    (STACK, "key.tf", "enable_key_rotation     = true", "enable_key_rotation     = false", "The key rotates"),
    (STACK, "key.tf", "deletion_window_in_days = 30", "deletion_window_in_days = 7", "The key rotates"),
    (STACK, JSON, '"secret": "clickhouse"', '"secret": "store/clickhouse"', "two segments"),
    (STACK, "key.tf", "/aws/lambda/${local.prefix}-${name}", "/aws/lambda/${local.prefix}-*", "own log groups only"),
    # direct requests
    (STACK, MAIN, "DIRECT_ALIAS           = var.direct_alias", 'DIRECT_ALIAS           = "other"', "through the alias that they know"),
    (STACK, "importers.tf", "local.deployment.functions.direct_alias", '"other"', "through the alias that they know"),
    (STACK, "operator.tf", "function:${importer.direct_function}", "function:${importer.function_name}", "through their alias only"),
    (STACK, "operator.tf", "flatten(values(local.connections))", '["*"]', "nothing to everything"),
    # permissions
    (STACK, "fanout.tf", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "reads none"),
    (STACK, "fanout.tf", '["dynamodb:PutItem"]', '["dynamodb:PutItem", "dynamodb:GetItem"]', "reads none"),
    (STACK, "fanout.tf", "values(local.import_queues) :", 'concat(values(local.import_queues), [local.outcome_queue]) :', "fanout sends to"),
    (STACK, ROLE, "${local.dead_letters_name}", "*", "fanout sends to"),
    (STACK, MAIN, ', "${var.shared.arn.sqs}:${var.outcome_queue}"', "", "later passes"),
    (STACK, "locals.tf", "${local.prefix}/*/${name}-??????", "${local.prefix}/*", "own provider's connections"),
    (STACK, MAIN, '"dynamodb:Query"]', '"dynamodb:Query", "dynamodb:DeleteItem"]', "gets, puts, updates and queries"),
    (STACK, ROLE, '"sqs:DeleteMessage", "sqs:ChangeMessageVisibility"', '"sqs:*", "sqs:ChangeMessageVisibility"', "do everything"),
    # alarms of the stack
    (STACK, "alarms.tf", '"malformed", "store_unavailable"', '"malformed"', "each reason to fail"),
    (STACK, "alarms.tf", "{ reason = each.value }\n" + AT_ONCE + "0", "{ reason = each.value }\n" + AT_ONCE + "5", "each reason to fail"),
    (STACK, "alarms.tf", "threshold           = 0", "threshold           = 5", "Undelivered events"),
    (STACK, "alarms.tf", "1800\n  evaluation_periods  = 1\n" + ABOVE + "0", "1800\n  evaluation_periods  = 1\n" + ABOVE + "5", "an hour late"),
    (STACK, "alarms.tf", '"store_unavailable"\n' + AT_ONCE + "0", '"store_unavailable"\n' + AT_ONCE + "5", "An outage of the store"),
    (STACK, "alarms.tf", "QueueName = aws_sqs_queue.undelivered.name", "QueueName = local.events_queue", "Undelivered events"),
    (STACK, VARIABLES, "default     = 50", "default     = 90", "Half of at least 20"),
    (STACK, "alarms.tf", "share_needs_imports = 20", "share_needs_imports = 2", "Half of at least 20"),
    (STACK, "alarms.tf", "evaluation_periods  = 3", "evaluation_periods  = 1", "Half of at least 20"),
    (STACK, "alarms.tf", '"breaching"', '"notBreaching"', "an hour late"),
    (STACK, JSON, '"overdue_seconds": 3600', '"overdue_seconds": 86400', "an hour late"),
    (STACK, "watch.tf", "rate(15 minutes)", "rate(1 day)", "quarter of an hour"),
    (STACK, "watch.tf", '"Text"', '"JSON"', "quarter of an hour"),
    (STACK, "alarms.tf", "for_each = var.alarm_emails", "for_each = toset([])", "Who was named is told"),
    # who and what is let in from outside
    (ACCESS, "alarms.tf", ":alarm:${name}", ":alarm:${local.prefix}-*", "Only the stack's own alarms"),
    (ACCESS, "alarms.tf", "    aws_cloudwatch_metric_alarm.store_unavailable.alarm_name,\n", "", "Only the stack's own alarms"),
    (ACCESS, "modules/worker/outputs.tf", "values(aws_cloudwatch_metric_alarm.function)[*].alarm_name, ", "", "Only the stack's own alarms"),
    (ACCESS, "events.tf", "length(var.publisher_accounts) > 0 ? 1 : 0", "1", "of its own account only"),
    (ACCESS, "events.tf", "iam::${account}:root", "iam::${account}:user/*", "Named accounts put"),
    (ACCESS, "events.tf", 'variable = "events:source"', 'variable = "aws:SourceAccount"', "Named accounts put"),
    (ACCESS, "events.tf", "values   = [local.deployment.event.detail_type]", 'values   = ["*"]', "Named accounts put"),
    (ACCESS, MAIN, 'actions = ["kms:Decrypt"]', 'actions = ["kms:*"]', "through Secrets Manager only"),
    (ACCESS, MAIN, ", via_service = var.connection_keys.via_service", "", "through Secrets Manager only"),
    (ACCESS, ROLE, "values   = [condition.value]", 'values   = ["*"]', "through Secrets Manager only"),
    (ACCESS, "importers.tf", "arns = var.connection_key_arns", "arns = []", "through Secrets Manager only"),
    (ACCESS, MAIN, "length(var.connection_keys.arns) == 0 ? [] :", "length(var.connection_keys.arns) < 0 ? [] :", "names no key"),
    (ACCESS, "watch.tf", "condition     = fileexists(local.watch_package)", "condition     = length(local.watch_package) > 0", 'run "a_package_that_is_missing"... fail'),
    (ACCESS, VARIABLES, '"^[0-9]{12}$", account', '".", account', 'run "an_account_that_is_none"... fail'),
    (ACCESS, VARIABLES, ":key/[A-Za-z0-9-]+$", ":.+$", 'run "a_key_by_its_alias"... fail'),
    # subsets, names
    (STACK, "locals.tf", "contains(var.enabled_providers, name)", "true", "Only the named provider"),
    (STACK, "locals.tf", "for name in keys(local.providers) : name => [", "for name in keys(local.deployment.providers) : name => [", "knows the subset only"),
    (STACK, "locals.tf", '"Spanlift/${local.prefix}"', '"Spanlift"', "share no name"),
    # what is refused
    (STACK, VARIABLES, 'can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))', "length(var.region) > 0", 'run "a_wrong_region"... fail'),
    (STACK, VARIABLES, "^https://[^/@?#]+", "^https?://[^/@?#]+", 'run "clickhouse_without_encryption"... fail'),
    (STACK, VARIABLES, "[^/@?#]+", "[^/?#]+", 'run "clickhouse_with_a_password_in_its_url"... fail'),
    (STACK, VARIABLES, '"^[^@ ]+@[^@ ]+$"', '"."', 'run "an_alarm_address_that_is_none"... fail'),
    (STACK, VARIABLES, "[a-z0-9-]{0,22}", "[a-z0-9/-]{0,22}", 'run "a_prefix_with_a_slash"... fail'),
    (STACK, VARIABLES, "length(setsubtract(var.enabled_providers, keys(local.deployment.providers))) == 0", "true", 'run "an_unknown_provider"... fail'),
    (STACK, VARIABLES, 'contains(["arm64", "x86_64"], var.architecture)', "length(var.architecture) > 0", 'run "an_unknown_architecture"... fail'),
    (STACK, VARIABLES, '"^https?://[^,\\\\s]+$"', '"."', 'run "an_allowed_host_without_scheme"... fail'),
    (STACK, VARIABLES, "(info|debug|trace)", "(info|debug|trace|warn)", 'run "a_log_level_that_silences_the_alarms"... fail'),
    (STACK, VARIABLES, "length(var.vpc.subnet_ids) > 0 &&", "true &&", 'run "a_vpc_without_subnets"... fail'),
    (STACK, VARIABLES, "90, 120", "90, 100, 120", 'run "a_retention_that_aws_does_not_know"... fail'),
    # a function with its queue
    (WORKER, QUEUE, "var.shared.queues.visibility_timeouts *", "1 *", "six times"),
    (WORKER, QUEUE, "= var.shared.queues.retention_seconds", "= 86400", "Four days in"),
    (WORKER, QUEUE, "message_retention_seconds = var.shared.queues.dead_letter_retention_seconds", "message_retention_seconds = var.shared.queues.retention_seconds", "fourteen in"),
    (WORKER, QUEUE, "  message_retention_seconds  = var.shared.queues.retention_seconds\n  kms_master_key_id          = var.shared.kms_key_arn", "  message_retention_seconds  = var.shared.queues.retention_seconds\n  kms_master_key_id          = \"alias/aws/sqs\"", "Both are encrypted"),
    (WORKER, QUEUE, '["ReportBatchItemFailures"]', "[]", "brings back its batch"),
    (WORKER, QUEUE, "batch_size              = var.numbers.batch_size", "batch_size              = 10", "One job at a time"),
    (WORKER, QUEUE, "maximum_concurrency = var.numbers.maximum_concurrency", "maximum_concurrency = 100", "ten functions at once"),
    (WORKER, FUNCTION, "= var.shared.runtime", '= "provided.al2"', "Amazon Linux 2023"),
    (WORKER, FUNCTION, "[var.shared.architecture]", '["x86_64"]', "Amazon Linux 2023"),
    (WORKER, FUNCTION, "= var.numbers.timeout_seconds\n  memory", "= 900\n  memory", "its own timeout"),
    (WORKER, FUNCTION, "= var.shared.memory_megabytes", "= 128", "its own timeout"),
    (WORKER, FUNCTION, "FUNCTION_TIMEOUT_SECONDS = var.numbers.timeout_seconds", "FUNCTION_TIMEOUT_SECONDS = 60", "its own timeout"),
    (WORKER, FUNCTION, '"TRACE"', '"INFO"', "Lambda drops none"),
    (WORKER, FUNCTION, "= var.shared.log_retention_days", "= 7", "Logs are kept"),
    (WORKER, FUNCTION, 'var.shared.xray_tracing ? ["Active"] : []', '["Active"]', "unless asked for"),
    (WORKER, ROLE, "resources = [var.shared.kms_key_arn]", 'resources = ["*"]', "and no other"),
    (WORKER, ROLE, '["kms:Decrypt", "kms:GenerateDataKey"]', '["kms:*"]', "and no other"),
    (WORKER, ALARMS, "      queue       = local.dead_letters_name\n      threshold   = 0", "      queue       = local.dead_letters_name\n      threshold   = 10", "One dead letter"),
    (WORKER, ALARMS, "var.age_seconds + local", "10 * local", "one delay and one"),
    (WORKER, ALARMS, "threshold   = 0\n      periods     = 1", "threshold   = 5\n      periods     = 1", "dies raises"),
    (WORKER, ALARMS, "threshold   = 0\n      periods     = 3", "threshold   = 5\n      periods     = 3", "Throttles for"),
    (WORKER, ALARMS, "periods     = 1", "periods     = 12", "dies raises"),
    (WORKER, ALARMS, "periods     = 3", "periods     = 12", "Throttles for"),
    (WORKER, ALARMS, "900 * var.limit_seconds", "1000 * var.limit_seconds", "nine tenths"),
    (WORKER, ALARMS, '"p95"', '"p50"', "nine tenths"),
    (WORKER, ALARMS, "threshold           = 900 * var.limit_seconds\n  treat_missing_data  = \"notBreaching\"", "threshold           = 900 * var.limit_seconds\n  treat_missing_data  = \"breaching\"", "tells somebody"),
    (WORKER, FUNCTION, "count = var.sends_to_itself ? 1 : 0", "count = 1", "stays where nothing feeds itself"),
    (WORKER, ALARMS, "merge(local.usual_function_alarms, var.sends_to_itself ?", "merge(local.usual_function_alarms, true ?", "stays where nothing feeds itself"),
    (WORKER, FUNCTION, '"Allow"', '"Terminate"', "lets it feed its own queue"),
    (WORKER, ALARMS, '"RecursiveInvocationsDropped"\n      threshold   = 0', '"RecursiveInvocationsDropped"\n      threshold   = 5', "One message that Lambda drops"),
    (WORKER, ALARMS, '"RecursiveInvocationsDropped"', '"Errors"', "One message that Lambda drops"),
    (WORKER, "modules/worker/outputs.tf", "values(aws_cloudwatch_metric_alarm.queue)[*].alarm_name, ", "", "names each of its alarms"),
    (WORKER, "modules/worker/outputs.tf", "[aws_cloudwatch_metric_alarm.duration.alarm_name]", "[]", "names each of its alarms"),
    (WORKER, FUNCTION, "condition     = fileexists(local.package)", "condition     = length(local.package) > 0", 'run "no_package"... fail'),
    (WORKER, FUNCTION, "= vpc_config.value.subnet_ids", '= ["subnet-1"]', "switched on"),
    (WORKER, ROLE, ":function:${local.full_name}", ":function:*", "own code may not"),
    (WORKER, "modules/worker/variables.tf", 'startswith(resource, "arn:")', "true", 'run "a_permission_for_everything"... fail'),
    (WORKER, "modules/worker/variables.tf", "maximum_concurrency >= 2", "maximum_concurrency >= 1", 'run "a_concurrency_that_aws_refuses"... fail'),
    # what is an importer's own
    (IMPORTER, MAIN, '{ $.is_final IS TRUE }', '{ $.is_final = * }', "Counted are"),
    (IMPORTER, MAIN, '($.status = \\"deferred\\") && ', "", "Counted are"),
    (IMPORTER, MAIN, '{ reason = "$.reason" }', '{ reason = "$.status" }', "counted by reason"),
    (IMPORTER, "modules/importer/outputs.tf", "module.worker.recursive_loop", '"Terminate"', "later passes are allowed"),
    (IMPORTER, "modules/importer/outputs.tf", "module.worker.alarm_names", "[]", "later passes are allowed"),
    (IMPORTER, MAIN, "namespace     = var.shared.metrics_namespace", 'namespace     = "Spanlift"', "tell stacks apart"),
    (IMPORTER, MAIN, "METRICS_NAMESPACE      = var.shared.metrics_namespace", 'METRICS_NAMESPACE      = "Spanlift"', "tell stacks apart"),
    (IMPORTER, MAIN, '? "0" : null', '? "1" : null', "no import is 0 imports"),
    (IMPORTER, "modules/importer/variables.tf", "budget_seconds + 15", "budget_seconds + 10", 'run "a_timeout_that_would_cut_the_budget"... fail'),
    (IMPORTER, "modules/importer/variables.tf", "batch_size == 1", "batch_size >= 1", 'run "more_than_one_job_at_a_time"... fail'),
    # known only when applied
    (APPLY, "outputs.tf", "jsonencode({ for name, importer in module.importer : name => importer.queue.url })", "jsonencode({ for name, importer in module.importer : name => importer.queue.arn })", "every provider's queue"),
    (APPLY, "outputs.tf", "worker.queue.url => worker.dead_letter_queue_url", "worker.dead_letter_queue_url => worker.queue.url", "every dead-letter queue"),
    (APPLY, "outputs.tf", 'aws_secretsmanager_secret.clickhouse["reader"]', 'aws_secretsmanager_secret.clickhouse["importer"]', "ledger, connections and trace store"),
    (APPLY, "ledger.tf", "    kms_key_arn = aws_kms_key.stack.arn\n", "", "encrypted with the stack's key"),
    (APPLY, "dashboard.tf", "[for name in local.dead_letters :", "[for name in [] :", "something on each"),
    (APPLY, "dashboard.tf", '    { title = "Overdue", stat = "Maximum", metrics = [[local.metrics_namespace, "overdue"]] },\n', "", "fourteen charts"),
    (APPLY, QUEUE, "maxReceiveCount     = var.numbers.receives", "maxReceiveCount     = 1", "Five receives"),
    (APPLY, QUEUE, '"byQueue"\n    sourceQueueArns   = [aws_sqs_queue.own.arn]', '"allowAll"', "Only its own queue"),
    (APPLY, FUNCTION, "DEAD_LETTER_QUEUE_URL    = aws_sqs_queue.dead_letters.url", "DEAD_LETTER_QUEUE_URL    = aws_sqs_queue.own.url", "knows its queues"),
]


def only(tests: str, reason: str) -> str:
    """The run that must turn red, with what stands before the first: the others need not be planned. Empty if there is none."""
    head, *runs = re.split(r'^(?=run ")', tests, flags=re.M)
    wanted = [run for run in runs if reason in run or run.startswith(reason.removesuffix("... fail"))]
    return head + "".join(wanted) if wanted else ""


def survives(mutation: tuple[str, str, str, str, str]) -> str | None:
    """What is wrong: the check stayed green, or it was red for another reason. None when all is well."""
    test, file, before, after, reason = mutation
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "infra"
        shutil.copytree(INFRA, copy, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "*.tfvars", "__pycache__"))
        tests = copy / f"tests/{test}.tftest.hcl"
        runs = only(tests.read_text(), reason)
        if not runs:
            return f"nothing in {tests.name} says that"
        for any_tests in tests.parent.glob("*.tftest.hcl"):
            any_tests.unlink()
        tests.write_text(runs)
        text = (copy / file).read_text()
        if before not in text:
            return f"does not stand in {file} any more"
        (copy / file).write_text(text.replace(before, after, 1))
        # Its format is not what is asked.
        subprocess.run(["terraform", "fmt", "-recursive", str(copy)], capture_output=True, check=False)
        answer = subprocess.run([str(INFRA / "scripts/check.sh"), "--tests", str(copy)], capture_output=True, text=True, check=False)
    said = " ".join((answer.stdout + answer.stderr).replace("│", " ").split())
    if answer.returncode == 0:
        return "SKIPPED: no provider" if "SKIPPED" in said else "stayed green"
    return None if " ".join(reason.split()) in said else f"red, but not for this reason: {said[-400:]}"


def main(part: str) -> None:
    """Tries them all, two at a time."""
    chosen = [mutation for mutation in MUTATIONS if part in mutation[4]]
    failures = 0
    with ThreadPoolExecutor(2) as pool:
        for mutation, fault in zip(chosen, pool.map(survives, chosen), strict=True):
            failures += fault is not None
            print(f"{'NOT NOTICED' if fault else 'noticed':<12}{mutation[1]}: {mutation[2]!r} → {mutation[3]!r}{': ' + fault if fault else ''}", flush=True)
    print(f"{len(chosen) - failures} of {len(chosen)} noticed")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
