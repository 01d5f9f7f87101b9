# What is an importer's own: its environment and what its log is counted for.
provider "aws" {
  region                      = "eu-west-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

variables {
  provider_name     = "langfuse"
  provider_numbers  = { timeout_seconds = 45, budget_seconds = 30, pass_seconds = [20, 60, 300, 960, 1800], last_look_seconds = 960 }
  numbers           = { batch_size = 1, maximum_concurrency = 10, receives = 100 }
  queue_name        = "spanlift-import-langfuse"
  direct_alias      = "direct"
  connections       = ["arn:aws:secretsmanager:eu-west-1:123456789012:secret:spanlift/*/langfuse-??????"]
  connection_keys   = { arns = [], via_service = "secretsmanager.eu-west-1.amazonaws.com" }
  trace_store       = { database = "otel", table = "otel_traces", organization_attribute = "coval.organization_id", simulation_attribute = "coval.simulation_output_id" }
  clickhouse_url    = "https://example.clickhouse.cloud:8443"
  clickhouse_secret = "spanlift/clickhouse"
  outcome_queue     = "spanlift-import-outcomes"
  outcome_queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/spanlift-import-outcomes"
  allowed_hosts     = ["https://phoenix.example.com", "http://10.0.0.0/8:6006"]
  environment       = { LEDGER_TABLE = "spanlift-ledger" }
  table             = "spanlift-ledger"
  shared = {
    prefix              = "spanlift"
    arn                 = { for service in ["dynamodb", "logs", "lambda", "secretsmanager", "sqs"] : service => "arn:aws:${service}:eu-west-1:123456789012" }
    architecture        = "arm64"
    package_directory   = "./tests/packages"
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/00000000-0000-0000-0000-000000000000"
    alarm_topic_arn     = "arn:aws:sns:eu-west-1:123456789012:spanlift-alarms"
    log_retention_days  = 365
    metrics_namespace   = "Spanlift/spanlift"
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

run "log_metrics" {
  command = plan

  module {
    source = "./modules/importer"
  }

  assert {
    condition = { for name, filter in aws_cloudwatch_log_metric_filter.outcomes : name => filter.pattern } == {
      ended             = "{ $.is_final IS TRUE }"
      empty             = "{ ($.is_final IS TRUE) && ($.status = \"empty\") }"
      failed            = "{ $.status = \"failed\" }"
      store_unavailable = "{ ($.status = \"deferred\") && ($.reason = \"store_unavailable\") }"
    }
    error_message = "Counted are imports that ended, that ended empty, that failed, and that wait for the store."
  }

  assert {
    condition     = one(aws_cloudwatch_log_metric_filter.outcomes["failed"].metric_transformation).dimensions == tomap({ reason = "$.reason" }) && one(aws_cloudwatch_log_metric_filter.outcomes["ended"].metric_transformation).default_value == "0"
    error_message = "Failures are counted by reason; no import is 0 imports, not no news."
  }

  assert {
    condition     = alltrue([for filter in aws_cloudwatch_log_metric_filter.outcomes : one(filter.metric_transformation).namespace == "Spanlift/spanlift"]) && output.environment["METRICS_NAMESPACE"] == "Spanlift/spanlift"
    error_message = "Metrics tell stacks apart."
  }
}

run "chains" {
  command = plan

  module {
    source = "./modules/importer"
  }

  assert {
    condition     = output.recursive_loop == "Allow" && contains(output.alarm_names, "spanlift-langfuse-recursion")
    error_message = "An importer's later passes are allowed, and there is an alarm should they not be."
  }
}

run "a_timeout_that_would_cut_the_budget" {
  command = plan

  module {
    source = "./modules/importer"
  }

  variables {
    provider_numbers = { timeout_seconds = 44, budget_seconds = 30, pass_seconds = [20], last_look_seconds = 960 }
  }

  expect_failures = [var.provider_numbers]
}

run "more_than_one_job_at_a_time" {
  command = plan

  module {
    source = "./modules/importer"
  }

  variables {
    numbers = { batch_size = 2, maximum_concurrency = 10, receives = 100 }
  }

  expect_failures = [var.numbers]
}
