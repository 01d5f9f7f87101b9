locals {
  # The longest delay that SQS knows: later passes wait in the queue as a chain of messages with it
  # (docs/adr/0021-later-passes-stay-in-their-queue.md).
  longest_delay_seconds = 900

  # The function's log says how each import stands; docs/adr/0013 says why alarms are counted from it.
  log_metrics = {
    ended             = { pattern = "{ $.is_final IS TRUE }", dimensions = null }
    empty             = { pattern = "{ ($.is_final IS TRUE) && ($.status = \"empty\") }", dimensions = null }
    failed            = { pattern = "{ $.status = \"failed\" }", dimensions = { reason = "$.reason" } }
    store_unavailable = { pattern = "{ ($.status = \"deferred\") && ($.reason = \"store_unavailable\") }", dimensions = null }
  }
}

module "worker" {
  source = "../worker"

  name            = var.provider_name
  description     = "Imports from ${var.provider_name}"
  queue_name      = var.queue_name
  numbers         = merge(var.numbers, { timeout_seconds = var.provider_numbers.timeout_seconds })
  age_seconds     = local.longest_delay_seconds
  limit_seconds   = var.provider_numbers.budget_seconds
  dead_letter_use = "import jobs"
  sends_to_itself = true
  direct_alias    = var.direct_alias
  shared          = var.shared

  environment = merge(var.environment, {
    BUDGET_SECONDS         = var.provider_numbers.budget_seconds
    PASS_SECONDS           = join(",", var.provider_numbers.pass_seconds)
    LAST_LOOK_SECONDS      = var.provider_numbers.last_look_seconds
    DIRECT_ALIAS           = var.direct_alias
    METRICS_NAMESPACE      = var.shared.metrics_namespace
    OUTCOME_QUEUE_URL      = var.outcome_queue_url
    ALLOWED_HOSTS          = join(",", sort(var.allowed_hosts))
    CLICKHOUSE_URL         = var.clickhouse_url
    CLICKHOUSE_DATABASE    = var.trace_store.database
    CLICKHOUSE_TABLE       = var.trace_store.table
    CLICKHOUSE_SECRET      = var.clickhouse_secret
    ORGANIZATION_ATTRIBUTE = var.trace_store.organization_attribute
    SIMULATION_ATTRIBUTE   = var.trace_store.simulation_attribute
  })

  permissions = concat([
    # To its own queue: later passes.
    { actions = ["sqs:SendMessage"], resources = ["${var.shared.arn.sqs}:${var.queue_name}", "${var.shared.arn.sqs}:${var.outcome_queue}"] },
    {
      actions = ["secretsmanager:GetSecretValue"]
      resources = concat(var.connections, [
        "${var.shared.arn.secretsmanager}:secret:${var.clickhouse_secret}",
        "${var.shared.arn.secretsmanager}:secret:${var.clickhouse_secret}-??????",
      ])
    },
    # Query: the sibling attempts. No index, no scan, no delete.
    {
      actions   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"]
      resources = ["${var.shared.arn.dynamodb}:table/${var.table}"]
    },
    ],
    # Secrets Manager decrypts a secret in the name of whoever reads it.
    length(var.connection_keys.arns) == 0 ? [] : [
      { actions = ["kms:Decrypt"], resources = sort(var.connection_keys.arns), via_service = var.connection_keys.via_service },
    ]
  )
}

resource "aws_cloudwatch_log_metric_filter" "outcomes" {
  for_each = local.log_metrics

  name           = each.key
  log_group_name = module.worker.log_group
  pattern        = each.value.pattern

  metric_transformation {
    name          = each.key
    namespace     = var.shared.metrics_namespace
    value         = "1"
    unit          = "Count"
    dimensions    = each.value.dimensions
    default_value = each.value.dimensions == null ? "0" : null
  }
}
