# The first block bears the names of the spanlift command's environment, in lower case (docs/DEPLOY.md, step 6).
output "aws_region" {
  description = "Where the stack is."
  value       = var.region
}

output "event_queue_url" {
  description = "The queue that feeds fanout; takes events bare, too."
  value       = module.fanout.queue.url
}

output "provider_queues" {
  description = "Each provider's queue, as JSON."
  value       = jsonencode({ for name, importer in module.importer : name => importer.queue.url })
}

output "direct_functions" {
  description = "Where each provider's function answers direct requests, as JSON."
  value       = jsonencode({ for name, importer in module.importer : name => importer.direct_function })
}

output "dead_letter_queues" {
  description = "Each queue's dead-letter queue, URL to URL, as JSON."
  value       = jsonencode({ for worker in values(local.workers) : worker.queue.url => worker.dead_letter_queue_url })
}

output "ledger_table" {
  description = "The DynamoDB table."
  value       = aws_dynamodb_table.ledger.name
}

output "secret_prefix" {
  description = "Connections are the secrets <prefix>/<organization_id>/<provider>."
  value       = local.prefix
}

output "clickhouse_url" {
  description = "The trace store's HTTP interface."
  value       = trimsuffix(var.clickhouse_url, "/")
}

output "clickhouse_database" {
  description = "The trace store's database."
  value       = local.deployment.trace_store.database
}

output "clickhouse_table" {
  description = "The trace store's table."
  value       = local.deployment.trace_store.table
}

output "clickhouse_secret" {
  description = "The secret with the trace store's user who reads; its value is set by hand."
  value       = aws_secretsmanager_secret.clickhouse["reader"].name
}

output "importer_secret" {
  description = "The secret with the trace store's user of the importers; its value is set by hand."
  value       = aws_secretsmanager_secret.clickhouse["importer"].name
}

output "organization_attribute" {
  description = "Resource attribute of native rows that names the organization."
  value       = local.deployment.trace_store.organization_attribute
}

output "simulation_attribute" {
  description = "Resource attribute of native rows that names the simulation."
  value       = local.deployment.trace_store.simulation_attribute
}

output "operator_policy" {
  description = "What whoever connects organizations must be allowed, as JSON: attach it to their role."
  value       = jsonencode(merge(local.operator, { Statement = concat(local.operator.Statement, [local.operator_key]) }))
}

output "event_bus" {
  description = "Where the platform puts its events: source, detail-type and bus, as JSON."
  value = jsonencode({
    name        = aws_cloudwatch_event_bus.simulations.name
    arn         = aws_cloudwatch_event_bus.simulations.arn
    source      = local.deployment.event.source
    detail_type = local.deployment.event.detail_type
  })
}

output "undelivered_queue_url" {
  description = "Events that EventBridge could not deliver."
  value       = aws_sqs_queue.undelivered.url
}

output "outcome_queue_url" {
  description = "One message for each completed pass."
  value       = aws_sqs_queue.outcomes.url
}

output "kms_key_arn" {
  description = "The stack's key. Not for connections' secrets: it goes with the stack."
  value       = aws_kms_key.stack.arn
}

output "alarm_topic_arn" {
  description = "Where alarms are published."
  value       = aws_sns_topic.alarms.arn
}

output "dashboard_url" {
  description = "The dashboard."
  value       = "https://${var.region}.${local.console}/cloudwatch/home?region=${var.region}#dashboards/dashboard/${local.prefix}"
}
