# A function with its queue, on the numbers of an importer with a budget of 90 s.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  name            = "arize"
  description     = "Imports"
  queue_name      = "spanlift-import-arize"
  numbers         = { timeout_seconds = 120, batch_size = 1, maximum_concurrency = 10, receives = 100 }
  age_seconds     = 900
  limit_seconds   = 90
  dead_letter_use = "import jobs"
  environment     = { LEDGER_TABLE = "spanlift-ledger" }
  permissions     = [{ actions = ["dynamodb:PutItem"], resources = ["arn:aws:dynamodb:eu-west-1:123456789012:table/spanlift-ledger"] }]
  shared = {
    prefix              = "spanlift"
    arn                 = { for service in ["logs", "lambda", "sqs"] : service => "arn:aws:${service}:eu-west-1:123456789012" }
    architecture        = "arm64"
    package_directory   = "./tests/packages"
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    alarm_topic_arn     = "arn:aws:sns:eu-west-1:123456789012:spanlift-alarms"
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

run "queue" {
  command = plan

  module {
    source = "./modules/worker"
  }

  assert {
    condition     = aws_sqs_queue.own.visibility_timeout_seconds == 6 * 120
    error_message = "A message stays hidden for six times the function's timeout."
  }

  assert {
    condition     = aws_sqs_queue.own.message_retention_seconds == 4 * 24 * 3600 && aws_sqs_queue.dead_letters.message_retention_seconds == 14 * 24 * 3600
    error_message = "Four days in the queue, fourteen in the dead-letter queue."
  }

  assert {
    condition     = aws_sqs_queue.own.kms_master_key_id == var.shared.kms_key_arn && aws_sqs_queue.dead_letters.kms_master_key_id == var.shared.kms_key_arn
    error_message = "Both are encrypted with the stack's key."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.own.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "One bad message never brings back its batch."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.own.batch_size == 1 && one(aws_lambda_event_source_mapping.own.scaling_config).maximum_concurrency == 10
    error_message = "One job at a time, ten functions at once."
  }
}

run "function" {
  command = plan

  module {
    source = "./modules/worker"
  }

  assert {
    condition     = aws_lambda_function.own.runtime == "provided.al2023" && aws_lambda_function.own.handler == "bootstrap" && aws_lambda_function.own.architectures == tolist(["arm64"])
    error_message = "A binary of ours on Amazon Linux 2023."
  }

  assert {
    condition     = aws_lambda_function.own.timeout == 120 && aws_lambda_function.own.memory_size == 256 && one(aws_lambda_function.own.environment).variables["FUNCTION_TIMEOUT_SECONDS"] == "120"
    error_message = "The function knows its own timeout."
  }

  assert {
    condition     = one(aws_lambda_function.own.logging_config).log_format == "JSON" && one(aws_lambda_function.own.logging_config).application_log_level == "TRACE"
    error_message = "JSON logs, of which Lambda drops none."
  }

  assert {
    condition     = aws_cloudwatch_log_group.own.name == "/aws/lambda/spanlift-arize" && aws_cloudwatch_log_group.own.retention_in_days == 365 && aws_cloudwatch_log_group.own.kms_key_id == var.shared.kms_key_arn
    error_message = "Logs are kept for a year, encrypted."
  }

  assert {
    condition     = length(aws_lambda_function.own.tracing_config) == 0 && length(aws_iam_role_policy.tracing) == 0 && length(aws_lambda_function.own.vpc_config) == 0 && length(aws_iam_role_policy.network) == 0
    error_message = "No X-Ray, no VPC, and no permission for them, unless asked for."
  }

  assert {
    condition = jsondecode(data.aws_iam_policy_document.key.json).Statement == [
      { Effect = "Allow", Action = ["kms:Decrypt", "kms:GenerateDataKey"], Resource = var.shared.kms_key_arn },
      ] || jsondecode(data.aws_iam_policy_document.key.json).Statement == [
      { Effect = "Allow", Action = ["kms:GenerateDataKey", "kms:Decrypt"], Resource = var.shared.kms_key_arn },
    ]
    error_message = "The role may use the stack's key, and no other."
  }
}

run "alarms" {
  command = plan

  module {
    source = "./modules/worker"
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.queue["dead-letters"].threshold == 0 && aws_cloudwatch_metric_alarm.queue["dead-letters"].dimensions == tomap({ QueueName = "spanlift-import-arize-dead-letters" })
    error_message = "One dead letter is enough."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.queue["age"].threshold == 900 + 720 && aws_cloudwatch_metric_alarm.queue["age"].dimensions == tomap({ QueueName = "spanlift-import-arize" })
    error_message = "A message waits one delay and one visibility timeout at the most."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.function["errors"].threshold == 0 && aws_cloudwatch_metric_alarm.function["errors"].evaluation_periods == 1
    error_message = "A function that dies raises an alarm at once."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.function["throttles"].threshold == 0 && aws_cloudwatch_metric_alarm.function["throttles"].evaluation_periods == 3
    error_message = "Throttles for a quarter of an hour raise an alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.duration.threshold == 81000 && aws_cloudwatch_metric_alarm.duration.extended_statistic == "p95"
    error_message = "The 95th percentile stays below nine tenths of the budget."
  }

  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.queue), values(aws_cloudwatch_metric_alarm.function), [aws_cloudwatch_metric_alarm.duration]) :
      alarm.alarm_actions == toset([var.shared.alarm_topic_arn]) && alarm.comparison_operator == "GreaterThanThreshold" && alarm.treat_missing_data == "notBreaching"
    ])
    error_message = "Every alarm tells somebody, and silence is none."
  }
}

run "feeds_another_queue" {
  command = plan

  module {
    source = "./modules/worker"
  }

  assert {
    condition     = length(aws_lambda_function_recursion_config.own) == 0 && !contains(keys(aws_cloudwatch_metric_alarm.function), "recursion")
    error_message = "Lambda's guard against runaways stays where nothing feeds itself."
  }
}

run "feeds_its_own_queue" {
  command = plan

  module {
    source = "./modules/worker"
  }

  variables {
    sends_to_itself = true
  }

  assert {
    condition     = one(aws_lambda_function_recursion_config.own).recursive_loop == "Allow" && one(aws_lambda_function_recursion_config.own).function_name == "spanlift-arize"
    error_message = "Lambda lets it feed its own queue."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.function["recursion"].metric_name == "RecursiveInvocationsDropped" && aws_cloudwatch_metric_alarm.function["recursion"].threshold == 0 && aws_cloudwatch_metric_alarm.function["recursion"].evaluation_periods == 1
    error_message = "One message that Lambda drops raises an alarm at once."
  }

  assert {
    condition     = output.recursive_loop == "Allow" && toset(output.alarm_names) == toset([for alarm in ["age", "dead-letters", "duration", "errors", "recursion", "throttles"] : "spanlift-arize-${alarm}"])
    error_message = "It says what it is allowed, and names each of its alarms."
  }
}

run "in_a_vpc_with_xray" {
  command = plan

  module {
    source = "./modules/worker"
  }

  variables {
    shared = merge(var.shared, {
      xray_tracing = true
      vpc          = { subnet_ids = ["subnet-1", "subnet-2"], security_group_ids = ["sg-1"] }
    })
  }

  assert {
    condition     = one(aws_lambda_function.own.vpc_config).subnet_ids == toset(["subnet-1", "subnet-2"]) && one(aws_lambda_function.own.tracing_config).mode == "Active"
    error_message = "Both are switched on."
  }

  assert {
    condition = one([
      for statement in jsondecode(aws_iam_role_policy.network["vpc"].policy).Statement : statement.Condition if statement.Effect == "Deny"
    ]) == { ArnEquals = { "lambda:SourceFunctionArn" = "arn:aws:lambda:eu-west-1:123456789012:function:spanlift-arize" } }
    error_message = "Lambda may make interfaces; the function's own code may not."
  }
}

run "a_permission_for_everything" {
  command = plan

  module {
    source = "./modules/worker"
  }

  variables {
    permissions = [{ actions = ["sqs:SendMessage"], resources = ["*"] }]
  }

  expect_failures = [var.permissions]
}

run "no_package" {
  command = plan

  module {
    source = "./modules/worker"
  }

  variables {
    shared = merge(var.shared, { package_directory = "./tests/nowhere" })
  }

  expect_failures = [aws_lambda_function.own]
}

run "a_concurrency_that_aws_refuses" {
  command = plan

  module {
    source = "./modules/worker"
  }

  variables {
    numbers = { timeout_seconds = 120, batch_size = 1, maximum_concurrency = 1, receives = 100 }
  }

  expect_failures = [var.numbers]
}
