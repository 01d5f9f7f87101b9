# One job for each connected provider. It learns whether a connection exists, and can read none.
module "fanout" {
  source = "./modules/worker"

  name            = "fanout"
  description     = "One import job for each connected provider"
  queue_name      = local.events_queue
  numbers         = local.deployment.functions.fanout
  age_seconds     = 0
  limit_seconds   = local.deployment.functions.fanout.timeout_seconds
  dead_letter_use = "events"
  shared          = local.shared

  environment = merge(local.environment, {
    PROVIDER_QUEUES = jsonencode({ for name, importer in module.importer : name => importer.queue.url })
  })

  permissions = [
    { actions = ["sqs:SendMessage"], resources = [for name in values(local.import_queues) : "${local.arn.sqs}:${name}"] },
    { actions = ["secretsmanager:DescribeSecret"], resources = flatten(values(local.connections)) },
    { actions = ["dynamodb:PutItem"], resources = ["${local.arn.dynamodb}:table/${local.table}"] },
  ]
}
