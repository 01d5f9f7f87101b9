# What the whole stack is made of. Plans only: they need no account, with the real provider too.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

override_data {
  target = data.aws_caller_identity.current
  values = { account_id = "123456789012" }
}

# The three that must be given, and the packages of these tests.
variables {
  region            = "eu-west-1"
  clickhouse_url    = "https://example.clickhouse.cloud:8443/"
  alarm_emails      = ["on-call@example.com"]
  package_directory = "./tests/packages"
}

run "numbers" {
  command = plan

  # As deployment.json has them: seconds, megabytes, milliseconds.
  assert {
    condition = { for name, worker in merge({ fanout = module.fanout }, module.importer) : name => join(" ", values(worker.numbers)) } == {
      # batch, retention of dead letters, longest age, longest run, concurrency, memory, retention, timeout, visibility
      fanout    = "10 1209600 360 54000 10 512 345600 60 360"
      langfuse  = "1 1209600 1170 27000 10 512 345600 45 270"
      arize     = "1 1209600 1620 81000 10 512 345600 120 720"
      langsmith = "1 1209600 1620 81000 10 512 345600 120 720"
    }
    error_message = "The functions' numbers are the design's."
  }

  assert {
    condition = { for name, importer in module.importer : name => join(" ", [for setting in ["BUDGET_SECONDS", "PASS_SECONDS", "LAST_LOOK_SECONDS"] : importer.environment[setting]]) } == {
      langfuse  = "30 20,60,300,960,1800 960"
      arize     = "90 20,60,300,900 300"
      langsmith = "90 20,60,300,900 300"
    }
    error_message = "The importers' budgets and passes are the design's."
  }

  assert {
    condition     = module.fanout.recursive_loop == null && alltrue([for importer in values(module.importer) : importer.recursive_loop == "Allow"])
    error_message = "Importers may feed their own queues; fanout feeds others."
  }

  assert {
    condition     = join(" ", [for setting in ["MAX_RECEIVES", "LEDGER_DAYS", "RETRY_BASE_SECONDS", "MALLOC_ARENA_MAX", "LOG_LEVEL", "SECRET_PREFIX", "LEDGER_TABLE"] : module.fanout.environment[setting]]) == "5 90 10 1 info spanlift spanlift-ledger"
    error_message = "Every function is told the same."
  }

  assert {
    condition     = join(" ", [for setting in ["CLICKHOUSE_URL", "CLICKHOUSE_DATABASE", "CLICKHOUSE_TABLE", "CLICKHOUSE_SECRET"] : module.importer["arize"].environment[setting]]) == "https://example.clickhouse.cloud:8443 otel otel_traces spanlift/clickhouse"
    error_message = "The importers know the trace store, and the user that writes."
  }
}

run "direct_requests" {
  command = plan

  assert {
    condition     = module.fanout.direct_function == null && alltrue([for name, importer in module.importer : importer.direct_function == "spanlift-${name}:direct" && importer.environment["DIRECT_ALIAS"] == "direct"])
    error_message = "Importers answer direct requests through the alias that they know, and fanout answers none."
  }

  assert {
    condition = flatten([
      for statement in jsondecode(data.aws_iam_policy_document.operator.json).Statement : statement.Resource if contains(flatten([statement.Action]), "lambda:InvokeFunction")
    ]) == [for name in ["arize", "langfuse", "langsmith"] : "arn:aws:lambda:eu-west-1:123456789012:function:spanlift-${name}:direct"]
    error_message = "Whoever connects may invoke the functions through their alias only."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(data.aws_iam_policy_document.operator.json).Statement : !contains(flatten([statement.Resource]), "*") || flatten([statement.Action]) == ["secretsmanager:ListSecrets"]
    ])
    error_message = "Whoever connects may do nothing to everything, but list the names of secrets."
  }
}

run "allowed_hosts" {
  command = plan

  variables {
    allowed_hosts = ["https://phoenix.example.com", "http://10.0.0.0/8:6006"]
  }

  assert {
    condition     = module.importer["arize"].environment["ALLOWED_HOSTS"] == "http://10.0.0.0/8:6006,https://phoenix.example.com"
    error_message = "Importers may call the hosts that were allowed."
  }
}

run "ledger" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.ledger.name == "spanlift-ledger" && aws_dynamodb_table.ledger.billing_mode == "PAY_PER_REQUEST"
    error_message = "The ledger is paid by request."
  }

  assert {
    condition     = aws_dynamodb_table.ledger.hash_key == "PK" && aws_dynamodb_table.ledger.range_key == "SK"
    error_message = "The ledger's keys are PK and SK."
  }

  assert {
    condition     = one(aws_dynamodb_table.ledger.ttl).enabled && one(aws_dynamodb_table.ledger.ttl).attribute_name == "expires_at"
    error_message = "Items expire by expires_at."
  }

  assert {
    condition     = one(aws_dynamodb_table.ledger.point_in_time_recovery).enabled && one(aws_dynamodb_table.ledger.server_side_encryption).enabled
    error_message = "The ledger can be restored, and is encrypted with the stack's key."
  }

  assert {
    condition     = aws_dynamodb_table.ledger.deletion_protection_enabled
    error_message = "The ledger is protected from deletion."
  }

  assert {
    condition = { for index in aws_dynamodb_table.ledger.global_secondary_index : index.name => [index.hash_key, index.range_key, index.projection_type] } == {
      attention = ["attention_key", "attention_at", "ALL"]
      due       = ["provider", "passes_from", "KEYS_ONLY"]
      recent    = ["recent_key", "recent_at", "KEYS_ONLY"]
    }
    error_message = "Two sparse indexes: what needs a person, and what has not ended; and all imports by time."
  }

  assert {
    condition     = { for attribute in aws_dynamodb_table.ledger.attribute : attribute.name => attribute.type }["passes_from"] == "N"
    error_message = "passes_from is a number, in milliseconds."
  }
}

run "events" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.simulation_completed.event_pattern) == { source = ["coval.simulations"], "detail-type" = ["Simulation Completed"] }
    error_message = "The rule lets completed simulations through, and nothing else."
  }

  assert {
    condition     = one(aws_cloudwatch_event_target.events.retry_policy).maximum_event_age_in_seconds == 86400 && one(aws_cloudwatch_event_target.events.retry_policy).maximum_retry_attempts == 185
    error_message = "EventBridge tries for a day."
  }

  assert {
    condition     = length(aws_cloudwatch_event_target.events.dead_letter_config) == 1 && aws_sqs_queue.undelivered.message_retention_seconds == 14 * 24 * 3600
    error_message = "What cannot be delivered is kept for 14 days."
  }

  assert {
    condition = alltrue([
      for document in data.aws_iam_policy_document.from_rule : one(jsondecode(document.json).Statement).Condition == {
        ArnEquals = { "aws:SourceArn" = "arn:aws:events:eu-west-1:123456789012:rule/spanlift-simulations/spanlift-simulation-completed" }
      }
    ])
    error_message = "Only the rule may send to its queues."
  }
}

run "secrets_and_key" {
  command = plan

  assert {
    condition     = aws_kms_key.stack.enable_key_rotation && aws_kms_key.stack.deletion_window_in_days == 30
    error_message = "The key rotates, and can be rescued for 30 days."
  }

  assert {
    condition     = { for user, secret in aws_secretsmanager_secret.clickhouse : user => secret.name } == { importer = "spanlift/clickhouse", reader = "spanlift/clickhouse-readers" }
    error_message = "ClickHouse secrets have two segments: a connection has three."
  }

  assert {
    condition = one([for statement in jsondecode(aws_kms_key.stack.policy).Statement : statement if statement.Sid == "Logs"]).Condition.ArnEquals == {
      "kms:EncryptionContext:aws:logs:arn" = [for name in ["arize", "fanout", "langfuse", "langsmith", "overdue"] : "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/spanlift-${name}"]
    }
    error_message = "CloudWatch may use the key for the stack's own log groups only."
  }
}

run "permissions" {
  command = plan

  # Each action of each role with its resources, sorted.
  assert {
    condition = {
      for statement in jsondecode(module.fanout.policy).Statement : join(" ", flatten([statement.Action])) => flatten([statement.Resource])
      if !contains(flatten([statement.Action]), "sqs:SendMessage")
      } == {
      "sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage" = ["arn:aws:sqs:eu-west-1:123456789012:spanlift-simulation-completed"]
      "logs:CreateLogStream logs:PutLogEvents"                                                  = ["arn:aws:logs:eu-west-1:123456789012:log-group:/aws/lambda/spanlift-fanout:*"]
      "dynamodb:PutItem"                                                                        = ["arn:aws:dynamodb:eu-west-1:123456789012:table/spanlift-ledger"]
      "secretsmanager:DescribeSecret" = flatten([
        for name in ["arize", "langfuse", "langsmith"] : [
          "arn:aws:secretsmanager:eu-west-1:123456789012:secret:spanlift/*/${name}",
          "arn:aws:secretsmanager:eu-west-1:123456789012:secret:spanlift/*/${name}-??????",
        ]
      ])
    }
    error_message = "fanout learns whether a connection exists, reads none, and writes its ledger item."
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(module.fanout.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "sqs:SendMessage")
      ])) == toset([
      for name in ["simulation-completed-dead-letters", "import-arize", "import-langfuse", "import-langsmith"] :
      "arn:aws:sqs:eu-west-1:123456789012:spanlift-${name}"
    ])
    error_message = "fanout sends to the importers' queues and its own dead-letter queue."
  }

  assert {
    condition = alltrue([
      for name, importer in module.importer : toset(flatten([
        for statement in jsondecode(importer.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "sqs:SendMessage")
        ])) == toset([
        for queue in ["import-${name}", "import-${name}-dead-letters", "import-outcomes"] : "arn:aws:sqs:eu-west-1:123456789012:spanlift-${queue}"
      ])
    ])
    error_message = "An importer sends to its own queue (later passes), its dead-letter queue and the outcomes."
  }

  assert {
    condition = alltrue([
      for name, importer in module.importer : toset(flatten([
        for statement in jsondecode(importer.policy).Statement : statement.Resource if contains(flatten([statement.Action]), "secretsmanager:GetSecretValue")
        ])) == toset(flatten([
        for secret in ["spanlift/*/${name}", "spanlift/clickhouse"] :
        ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:${secret}", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:${secret}-??????"]
      ]))
    ])
    error_message = "An importer reads its own provider's connections and the ClickHouse secret."
  }

  assert {
    condition = alltrue([
      for importer in values(module.importer) : toset(flatten([
        for statement in jsondecode(importer.policy).Statement : statement.Action if flatten([statement.Resource]) == ["arn:aws:dynamodb:eu-west-1:123456789012:table/spanlift-ledger"]
      ])) == toset(["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"])
    ])
    error_message = "An importer gets, puts, updates and queries items of the ledger."
  }

  assert {
    condition = alltrue(flatten([
      for policy in concat([module.fanout.policy], values(module.importer)[*].policy) : [
        for statement in jsondecode(policy).Statement : statement.Effect == "Allow" && !contains(flatten([statement.Resource]), "*") && !anytrue([for action in flatten([statement.Action]) : endswith(action, "*")])
      ]
    ]))
    error_message = "No role may do everything, or anything to everything."
  }
}

run "alarms" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_metric_alarm.failed) == 13 && alltrue([for reason, alarm in aws_cloudwatch_metric_alarm.failed : alarm.dimensions == tomap({ reason = reason }) && alarm.threshold == 0])
    error_message = "One alarm for each reason to fail."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.undelivered.dimensions == tomap({ QueueName = "spanlift-simulation-completed-undelivered" }) && aws_cloudwatch_metric_alarm.undelivered.threshold == 0
    error_message = "Undelivered events raise an alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.store_unavailable.metric_name == "store_unavailable" && aws_cloudwatch_metric_alarm.store_unavailable.threshold == 0
    error_message = "An outage of the store raises an alarm before imports fail."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.empty_share.threshold == 50 && aws_cloudwatch_metric_alarm.empty_share.evaluation_periods == 3 && anytrue([for query in aws_cloudwatch_metric_alarm.empty_share.metric_query : query.expression == "IF(ended >= 20, 100 * FILL(empty, 0) / ended, 0)"])
    error_message = "Half of at least 20 imports empty, three hours in a row."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.overdue.threshold == 0 && aws_cloudwatch_metric_alarm.overdue.treat_missing_data == "breaching" && one(aws_lambda_function.overdue.environment).variables["OVERDUE_SECONDS"] == "3600"
    error_message = "An import that is an hour late raises an alarm, and so does a watch that is silent."
  }

  assert {
    condition     = aws_cloudwatch_event_rule.overdue.schedule_expression == "rate(15 minutes)" && one(aws_lambda_function.overdue.logging_config).log_format == "Text"
    error_message = "The watch looks every quarter of an hour, and its lines arrive as they are written."
  }

  assert {
    condition     = keys(aws_sns_topic_subscription.mail) == ["on-call@example.com"]
    error_message = "Who was named is told."
  }
}

run "a_subset_under_another_name" {
  command = plan

  variables {
    name_prefix       = "spanlift-staging"
    enabled_providers = ["arize"]
    tags              = { Team = "voice" }
  }

  assert {
    condition     = keys(module.importer) == ["arize"] && aws_dynamodb_table.ledger.name == "spanlift-staging-ledger" && aws_kms_alias.stack.name == "alias/spanlift-staging"
    error_message = "Only the named provider, under the given prefix."
  }

  assert {
    condition     = !strcontains(module.fanout.policy, "langfuse") && strcontains(module.fanout.policy, "secret:spanlift-staging/*/arize")
    error_message = "fanout knows the subset only."
  }

  assert {
    condition     = module.importer["arize"].function_name == "spanlift-staging-arize" && aws_cloudwatch_metric_alarm.overdue.namespace == "Spanlift/spanlift-staging" && output.secret_prefix == "spanlift-staging"
    error_message = "Two stacks in one account share no name."
  }
}

run "a_wrong_region" {
  command = plan
  variables { region = "Ireland" }
  expect_failures = [var.region]
}

run "clickhouse_without_encryption" {
  command = plan
  variables { clickhouse_url = "http://example.com:8123" }
  expect_failures = [var.clickhouse_url]
}

run "clickhouse_with_a_password_in_its_url" {
  command = plan
  variables { clickhouse_url = "https://user:password@example.com:8443" }
  expect_failures = [var.clickhouse_url]
}

run "an_alarm_address_that_is_none" {
  command = plan
  variables { alarm_emails = ["on-call"] }
  expect_failures = [var.alarm_emails]
}

run "a_prefix_with_a_slash" {
  command = plan
  variables { name_prefix = "span/lift" }
  expect_failures = [var.name_prefix]
}

run "an_unknown_provider" {
  command = plan
  variables { enabled_providers = ["phoenix"] }
  expect_failures = [var.enabled_providers]
}

run "an_unknown_architecture" {
  command = plan
  variables { architecture = "riscv64" }
  expect_failures = [var.architecture]
}

run "an_allowed_host_without_scheme" {
  command = plan
  variables { allowed_hosts = ["phoenix.internal"] }
  expect_failures = [var.allowed_hosts]
}

run "a_log_level_that_silences_the_alarms" {
  command = plan
  variables { log_level = "warn,spanlift_platform_client=info" }
  expect_failures = [var.log_level]
}

run "a_vpc_without_subnets" {
  command = plan
  variables { vpc = { subnet_ids = [], security_group_ids = ["sg-1"] } }
  expect_failures = [var.vpc]
}

run "a_retention_that_aws_does_not_know" {
  command = plan
  variables { log_retention_days = 100 }
  expect_failures = [var.log_retention_days]
}
