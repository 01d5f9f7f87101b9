# Every quarter of an hour: how many imports should have gone on and did not? Why it stands apart: watch/overdue.py.
locals {
  watch_name      = "${local.prefix}-overdue"
  watch_log_group = "/aws/lambda/${local.watch_name}"
  watch_package   = "${var.package_directory}/overdue/bootstrap.zip"
}

resource "aws_lambda_function" "overdue" {
  #checkov:skip=CKV_AWS_50:X-Ray is granted on "*" only, and it does a query or two
  #checkov:skip=CKV_AWS_115:One schedule starts it, once in a quarter of an hour
  #checkov:skip=CKV_AWS_116:A lost run is made up for by the next; the alarm is raised when none reports
  #checkov:skip=CKV_AWS_117:It calls DynamoDB only
  #checkov:skip=CKV_AWS_272:The signing profile is the account's; variable code_signing_config_arn
  function_name           = local.watch_name
  description             = "Counts imports whose next pass is long past"
  role                    = aws_iam_role.overdue.arn
  runtime                 = "python3.13"
  handler                 = "overdue.handler"
  architectures           = [var.architecture]
  filename                = local.watch_package
  source_code_hash        = fileexists(local.watch_package) ? filebase64sha256(local.watch_package) : null
  timeout                 = 60
  memory_size             = 128
  kms_key_arn             = aws_kms_key.stack.arn
  code_signing_config_arn = var.code_signing_config_arn

  environment {
    variables = {
      LEDGER_TABLE      = local.table
      DUE_INDEX         = local.deployment.ledger.due_index.name
      DUE_HASH          = local.deployment.ledger.due_index.hash
      DUE_RANGE         = local.deployment.ledger.due_index.range
      OVERDUE_SECONDS   = local.deployment.ledger.overdue_seconds
      PROVIDERS         = join(",", keys(local.providers))
      METRICS_NAMESPACE = local.metrics_namespace
    }
  }

  # Text: its lines are JSON already, and must arrive as they are written to count as metrics.
  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.overdue.name
  }

  # As in modules/worker/function.tf.
  lifecycle {
    precondition {
      condition     = fileexists(local.watch_package)
      error_message = "No package ${local.watch_package}. Unpack a release there, or build (docs/DEPLOY.md, step 2)."
    }
  }

  depends_on = [aws_iam_role_policy.overdue]
}

resource "aws_cloudwatch_log_group" "overdue" {
  name              = local.watch_log_group
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.stack.arn
}

resource "aws_iam_role" "overdue" {
  name               = local.watch_name
  description        = "The function ${local.watch_name}, and nothing else"
  assume_role_policy = data.aws_iam_policy_document.function_assumption.json
}

resource "aws_iam_role_policy" "overdue" {
  name   = "own"
  role   = aws_iam_role.overdue.id
  policy = data.aws_iam_policy_document.overdue.json
}

data "aws_iam_policy_document" "overdue" {
  statement {
    actions   = ["dynamodb:Query"]
    resources = ["${local.arn.dynamodb}:table/${local.table}/index/${local.deployment.ledger.due_index.name}"]
  }

  statement {
    actions   = ["dynamodb:BatchGetItem"]
    resources = ["${local.arn.dynamodb}:table/${local.table}"]
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${local.arn.logs}:log-group:${local.watch_log_group}:*"]
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.stack.arn]
  }
}

resource "aws_cloudwatch_event_rule" "overdue" {
  name                = local.watch_name
  description         = "When ${local.watch_name} looks"
  schedule_expression = "rate(15 minutes)"
}

resource "aws_cloudwatch_event_target" "overdue" {
  rule      = aws_cloudwatch_event_rule.overdue.name
  target_id = "overdue"
  arn       = aws_lambda_function.overdue.arn
}

resource "aws_lambda_permission" "overdue" {
  statement_id  = "schedule"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.overdue.function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.overdue.arn
}
