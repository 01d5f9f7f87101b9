resource "aws_lambda_function" "own" {
  #checkov:skip=CKV_AWS_50:X-Ray is granted on "*" only, and the functions add nothing to its traces; variable xray_tracing turns it on
  #checkov:skip=CKV_AWS_115:The mapping's maximum_concurrency bounds it; reserved concurrency would make messages spend receives on throttles
  #checkov:skip=CKV_AWS_116:Invoked by its queue, never asynchronously; the queue has the dead-letter queue
  #checkov:skip=CKV_AWS_117:It calls public services; a VPC adds a NAT and no secrecy; variable vpc puts it into one
  #checkov:skip=CKV_AWS_272:The signing profile is the account's; variable code_signing_config_arn
  function_name           = local.full_name
  description             = var.description
  role                    = aws_iam_role.own.arn
  runtime                 = var.shared.runtime
  handler                 = "bootstrap"
  architectures           = [var.shared.architecture]
  filename                = local.package
  source_code_hash        = fileexists(local.package) ? filebase64sha256(local.package) : null
  timeout                 = var.numbers.timeout_seconds
  memory_size             = var.shared.memory_megabytes
  kms_key_arn             = var.shared.kms_key_arn
  code_signing_config_arn = var.shared.code_signing

  environment {
    variables = merge(var.environment, {
      QUEUE_URL                = aws_sqs_queue.own.url
      DEAD_LETTER_QUEUE_URL    = aws_sqs_queue.dead_letters.url
      FUNCTION_TIMEOUT_SECONDS = var.numbers.timeout_seconds
    })
  }

  # Lambda's own filter lets all of ours through: LOG_LEVEL decides.
  logging_config {
    log_format            = "JSON"
    log_group             = aws_cloudwatch_log_group.own.name
    application_log_level = "TRACE"
    system_log_level      = "INFO"
  }

  dynamic "tracing_config" {
    for_each = var.shared.xray_tracing ? ["Active"] : []

    content {
      mode = tracing_config.value
    }
  }

  dynamic "vpc_config" {
    for_each = var.shared.vpc[*]

    content {
      subnet_ids         = vpc_config.value.subnet_ids
      security_group_ids = vpc_config.value.security_group_ids
    }
  }

  # Here and not at the variable, because a variable is checked by `terraform destroy` too, which needs no package.
  lifecycle {
    precondition {
      condition     = fileexists(local.package)
      error_message = "No package ${local.package}. Unpack a release there, or build (docs/DEPLOY.md, step 2)."
    }
  }

  depends_on = [aws_iam_role_policy.own, aws_iam_role_policy.key, aws_iam_role_policy.network, aws_iam_role_policy.tracing]
}

# Lambda takes a function that feeds its own queue for a runaway, and drops each chain of messages after 16 invocations. An importer's
# chains end by themselves: docs/adr/0021-later-passes-stay-in-their-queue.md.
resource "aws_lambda_function_recursion_config" "own" {
  count = var.sends_to_itself ? 1 : 0

  function_name  = aws_lambda_function.own.function_name
  recursive_loop = "Allow"
}

# Direct requests come through an alias of their own: whoever may invoke it can send no batch, and whoever sends batches can ask nothing
# (docs/adr/0026-direct-requests-have-a-door-of-their-own.md).
resource "aws_lambda_alias" "direct" {
  count = var.direct_alias == null ? 0 : 1

  name             = var.direct_alias
  description      = "Direct requests, and nothing else"
  function_name    = aws_lambda_function.own.function_name
  function_version = "$LATEST"
}

locals {
  package   = "${var.shared.package_directory}/${var.name}/bootstrap.zip"
  log_group = "/aws/lambda/${local.full_name}"
}

resource "aws_cloudwatch_log_group" "own" {
  name              = local.log_group
  retention_in_days = var.shared.log_retention_days
  kms_key_id        = var.shared.kms_key_arn
}
