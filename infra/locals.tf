data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  # Every number and name of the deployment, once: the embedded stack (stack/) reads the same file.
  deployment = jsondecode(file("${path.module}/deployment.json"))
  prefix     = var.name_prefix == null ? local.deployment.name_prefix : var.name_prefix
  providers = {
    for name, numbers in local.deployment.providers : name => numbers
    if var.enabled_providers == null ? true : contains(var.enabled_providers, name)
  }
  function_names = concat(["fanout", "overdue"], keys(local.providers))

  # ARNs are put together from names, so that policies can be read, tested and reviewed in a plan.
  account = data.aws_caller_identity.current.account_id
  arn = {
    for service in ["dynamodb", "events", "lambda", "logs", "secretsmanager", "sqs", "sns", "cloudwatch"] :
    service => "arn:${data.aws_partition.current.partition}:${service}:${var.region}:${local.account}"
  }

  # Where people look at it.
  console = lookup({ aws-cn = "console.amazonaws.cn", aws-us-gov = "console.amazonaws-us-gov.com" }, data.aws_partition.current.partition, "console.aws.amazon.com")

  table             = "${local.prefix}-${local.deployment.ledger.table}"
  events_queue      = "${local.prefix}-${local.deployment.queues.events}"
  outcome_queue     = "${local.prefix}-${local.deployment.queues.outcomes}"
  import_queues     = { for name in keys(local.providers) : name => "${local.prefix}-${local.deployment.queues.imports}${name}" }
  clickhouse_secret = "${local.prefix}/${local.deployment.trace_store.secret}"
  reader_secret     = "${local.prefix}/${local.deployment.trace_store.reader_secret}"
  metrics_namespace = "Spanlift/${local.prefix}"

  # A secret's ARN ends in a dash and six characters that AWS adds. One that does not exist has no such ending, and must be
  # answered by "not found" and not by "access denied": that is how a function learns that nothing is connected.
  # The star is every organization; it cannot reach further, because an organization id has no slash in it (the event's rules refuse one).
  connections = {
    for name in keys(local.providers) : name => [
      "${local.arn.secretsmanager}:secret:${local.prefix}/*/${name}",
      "${local.arn.secretsmanager}:secret:${local.prefix}/*/${name}-??????",
    ]
  }

  # What every function is told.
  environment = {
    MAX_RECEIVES       = local.deployment.queues.max_receives
    LEDGER_TABLE       = local.table
    LEDGER_DAYS        = local.deployment.ledger.days
    SECRET_PREFIX      = local.prefix
    RETRY_BASE_SECONDS = local.deployment.functions.retry_base_seconds
    MALLOC_ARENA_MAX   = local.deployment.functions.malloc_arenas # docs/adr/0048-one-arena.md
    LOG_LEVEL          = var.log_level == null ? local.deployment.functions.log_level : var.log_level
  }

  # What every function fed by a queue is made with.
  shared = {
    prefix              = local.prefix
    arn                 = local.arn
    architecture        = var.architecture
    package_directory   = var.package_directory
    kms_key_arn         = aws_kms_key.stack.arn
    alarm_topic_arn     = aws_sns_topic.alarms.arn
    log_retention_days  = var.log_retention_days
    metrics_namespace   = local.metrics_namespace
    xray_tracing        = var.xray_tracing
    code_signing        = var.code_signing_config_arn
    vpc                 = var.vpc
    queues              = local.deployment.queues
    runtime             = local.deployment.functions.runtime
    memory_megabytes    = local.deployment.functions.memory_megabytes
    function_assumption = data.aws_iam_policy_document.function_assumption.json
  }
}

data "aws_iam_policy_document" "function_assumption" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}
