# One importer for each entry of deployment.json's provider table.
module "importer" {
  source   = "./modules/importer"
  for_each = local.providers

  provider_name     = each.key
  provider_numbers  = each.value
  numbers           = local.deployment.functions.importer
  direct_alias      = local.deployment.functions.direct_alias
  queue_name        = local.import_queues[each.key]
  connections       = local.connections[each.key]
  connection_keys   = { arns = var.connection_key_arns, via_service = "secretsmanager.${var.region}.${data.aws_partition.current.dns_suffix}" }
  trace_store       = local.deployment.trace_store
  clickhouse_url    = trimsuffix(var.clickhouse_url, "/")
  clickhouse_secret = local.clickhouse_secret
  outcome_queue     = local.outcome_queue
  outcome_queue_url = aws_sqs_queue.outcomes.url
  allowed_hosts     = var.allowed_hosts
  environment       = merge(local.environment, { RATE_LIMIT_SECONDS = local.deployment.functions.rate_limit_seconds })
  table             = local.table
  shared            = local.shared
}

# One message for each completed pass, for whoever computes metrics or scores again. Their consumer decides on its dead letters.
resource "aws_sqs_queue" "outcomes" {
  name                      = local.outcome_queue
  message_retention_seconds = local.deployment.queues.retention_seconds
  kms_master_key_id         = aws_kms_key.stack.arn
}
