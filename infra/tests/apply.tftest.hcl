# The whole stack applied against a provider that makes everything up: what is known only then.
mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }

  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:made-up" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/made-up" }
  }

  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:made-up" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/made-up" }
  }

  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:made-up" }
  }

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/made-up" }
  }
}

variables {
  region            = "eu-west-1"
  clickhouse_url    = "https://example.clickhouse.cloud:8443/"
  alarm_emails      = ["on-call@example.com"]
  package_directory = "./tests/packages"
}

run "outputs" {
  command = apply

  assert {
    condition     = keys(jsondecode(output.provider_queues)) == ["arize", "langfuse", "langsmith"] && jsondecode(output.provider_queues)["arize"] == module.importer["arize"].queue.url
    error_message = "The command finds every provider's queue."
  }

  assert {
    condition     = jsondecode(output.dead_letter_queues) == { for worker in concat([module.fanout], values(module.importer)) : worker.queue.url => worker.dead_letter_queue_url }
    error_message = "The command finds every dead-letter queue."
  }

  assert {
    condition     = [output.ledger_table, output.secret_prefix, output.clickhouse_secret, output.clickhouse_url, output.clickhouse_database, output.clickhouse_table] == ["spanlift-ledger", "spanlift", "spanlift/clickhouse-readers", "https://example.clickhouse.cloud:8443", "otel", "otel_traces"]
    error_message = "The command finds ledger, connections and trace store."
  }

  assert {
    condition     = jsondecode(output.direct_functions) == { for name in ["arize", "langfuse", "langsmith"] : name => "spanlift-${name}:direct" }
    error_message = "The command finds where each provider's function answers direct requests."
  }

  assert {
    condition     = one([for statement in jsondecode(output.operator_policy).Statement : statement.Resource if statement.Action == "kms:Decrypt"]) == aws_kms_key.stack.arn
    error_message = "Whoever connects may read the ledger, which is encrypted with the stack's key."
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == "arn:aws:kms:eu-west-1:123456789012:key/made-up" && aws_secretsmanager_secret.clickhouse["importer"].kms_key_id == aws_kms_key.stack.arn && one(aws_dynamodb_table.ledger.server_side_encryption).kms_key_arn == aws_kms_key.stack.arn
    error_message = "All that is stored is encrypted with the stack's key."
  }

  assert {
    condition     = alltrue([for widget in jsondecode(aws_cloudwatch_dashboard.stack.dashboard_body).widgets : length(widget.properties.metrics) > 0]) && length(jsondecode(aws_cloudwatch_dashboard.stack.dashboard_body).widgets) == 14
    error_message = "The dashboard has fourteen charts, and something on each."
  }
}

run "redrive" {
  command = apply

  module {
    source = "./modules/worker"
  }

  override_resource {
    target = aws_sqs_queue.own
    values = { arn = "arn:aws:sqs:eu-west-1:123456789012:own", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/own" }
  }

  override_resource {
    target = aws_sqs_queue.dead_letters
    values = { arn = "arn:aws:sqs:eu-west-1:123456789012:dead", url = "https://sqs.eu-west-1.amazonaws.com/123456789012/dead" }
  }

  variables {
    name            = "fanout"
    description     = "Fan-out"
    queue_name      = "spanlift-simulation-completed"
    numbers         = { timeout_seconds = 60, batch_size = 10, maximum_concurrency = 10, receives = 5 }
    age_seconds     = 0
    limit_seconds   = 60
    dead_letter_use = "events"
    environment     = {}
    permissions     = []
    shared = {
      prefix              = "spanlift"
      arn                 = { for service in ["logs", "lambda", "sqs"] : service => "arn:aws:${service}:eu-west-1:123456789012" }
      architecture        = "arm64"
      package_directory   = "./tests/packages"
      kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/made-up"
      alarm_topic_arn     = "arn:aws:sns:eu-west-1:123456789012:made-up"
      log_retention_days  = 365
      xray_tracing        = false
      runtime             = "provided.al2023"
      memory_megabytes    = 256
      function_assumption = "{\"Version\":\"2012-10-17\",\"Statement\":[]}"
      queues = {
        max_receives                  = 5
        visibility_timeouts           = 6
        retention_seconds             = 345600
        dead_letter_retention_seconds = 1209600
        dead_letters                  = "-dead-letters"
      }
    }
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.own.redrive_policy) == { deadLetterTargetArn = "arn:aws:sqs:eu-west-1:123456789012:dead", maxReceiveCount = 5 }
    error_message = "Five receives, then the dead-letter queue."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_redrive_allow_policy.dead_letters.redrive_allow_policy) == { redrivePermission = "byQueue", sourceQueueArns = ["arn:aws:sqs:eu-west-1:123456789012:own"] }
    error_message = "Only its own queue may use a dead-letter queue."
  }

  assert {
    condition     = one(aws_lambda_function.own.environment).variables["QUEUE_URL"] == "https://sqs.eu-west-1.amazonaws.com/123456789012/own" && one(aws_lambda_function.own.environment).variables["DEAD_LETTER_QUEUE_URL"] == "https://sqs.eu-west-1.amazonaws.com/123456789012/dead"
    error_message = "The function knows its queues."
  }
}
