# Who and what is let in from outside: publishers of other accounts, alarms, keys of connections, packages.
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

variables {
  region            = "eu-west-1"
  clickhouse_url    = "https://example.clickhouse.cloud:8443/"
  alarm_emails      = ["on-call@example.com"]
  package_directory = "./tests/packages"
}

run "nobody_from_outside" {
  command = plan

  assert {
    condition     = length(aws_cloudwatch_event_bus_policy.publishers) == 0
    error_message = "Without publisher_accounts the bus takes events of its own account only."
  }

  assert {
    condition     = alltrue([for importer in values(module.importer) : !strcontains(importer.policy, "kms:")])
    error_message = "Without connection_key_arns an importer's own policy names no key."
  }
}

run "publishers_of_other_accounts" {
  command = plan

  variables {
    publisher_accounts = ["210987654321", "111122223333"]
  }

  assert {
    condition = one(jsondecode(one(aws_cloudwatch_event_bus_policy.publishers).policy).Statement) == {
      Effect    = "Allow"
      Action    = "events:PutEvents"
      Resource  = "arn:aws:events:eu-west-1:123456789012:event-bus/spanlift-simulations"
      Principal = { AWS = ["arn:aws:iam::111122223333:root", "arn:aws:iam::210987654321:root"] }
      Condition = { StringEquals = { "events:source" = "coval.simulations", "events:detail-type" = "Simulation Completed" } }
    }
    error_message = "Named accounts put completed simulations on the bus, and nothing else."
  }
}

run "connections_under_other_keys" {
  command = plan

  variables {
    connection_key_arns = ["arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"]
  }

  assert {
    condition = alltrue([
      for importer in values(module.importer) : [
        for statement in jsondecode(importer.policy).Statement : statement if statement.Action == "kms:Decrypt"
        ] == [{
          Effect    = "Allow"
          Action    = "kms:Decrypt"
          Resource  = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
          Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.eu-west-1.amazonaws.com" } }
      }]
    ])
    error_message = "Importers decrypt with the named keys, through Secrets Manager only."
  }

  assert {
    condition     = !strcontains(module.fanout.policy, "kms:")
    error_message = "fanout reads no connection, and needs no key of one."
  }
}

run "alarms" {
  command = plan

  assert {
    condition = toset(one(jsondecode(aws_sns_topic_policy.alarms.policy).Statement).Condition.ArnEquals["aws:SourceArn"]) == toset([
      for name in concat(
        [for reason in keys(aws_cloudwatch_metric_alarm.failed) : "failed-${reason}"],
        ["undelivered", "store-unavailable", "empty-share", "overdue"],
        [for alarm in ["age", "dead-letters", "duration", "errors", "throttles"] : "fanout-${alarm}"],
        flatten([for importer in ["arize", "langfuse", "langsmith"] : [for alarm in ["age", "dead-letters", "duration", "errors", "recursion", "throttles"] : "${importer}-${alarm}"]]),
      ) : "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:spanlift-${name}"
    ])
    error_message = "Only the stack's own alarms are published, each by its name."
  }
}

run "a_package_that_is_missing" {
  command = plan

  variables {
    enabled_providers = ["arize"]
    package_directory = "./tests/packages-without-overdue"
  }

  expect_failures = [aws_lambda_function.overdue]
}

run "an_account_that_is_none" {
  command = plan
  variables { publisher_accounts = ["arn:aws:iam::111122223333:root"] }
  expect_failures = [var.publisher_accounts]
}

run "a_key_by_its_alias" {
  command = plan
  variables { connection_key_arns = ["arn:aws:kms:eu-west-1:123456789012:alias/team"] }
  expect_failures = [var.connection_key_arns]
}
