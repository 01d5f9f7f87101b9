# Each alarm has its row in docs/RUNBOOK.md, under what follows the function's name.
locals {
  queue_alarms = {
    dead-letters = {
      description = "Messages (${var.dead_letter_use}) wait in ${local.dead_letters_name}: refused, or failed ${var.shared.queues.max_receives} times"
      metric      = "ApproximateNumberOfMessagesVisible"
      queue       = local.dead_letters_name
      threshold   = 0
    }
    age = {
      description = "The oldest message of ${var.queue_name} has waited longer than one delay and one visibility timeout"
      metric      = "ApproximateAgeOfOldestMessage"
      queue       = var.queue_name
      threshold   = var.age_seconds + local.visibility_seconds
    }
  }
  usual_function_alarms = {
    errors = {
      description = "${local.full_name} dies: a panic, a timeout, or a start that fails. Imports that fail in order are no errors"
      metric      = "Errors"
      threshold   = 0
      periods     = 1
    }
    throttles = {
      description = "Lambda does not run ${local.full_name}: the account's concurrency is used up"
      metric      = "Throttles"
      threshold   = 0
      periods     = 3
    }
  }
  function_alarms = merge(local.usual_function_alarms, var.sends_to_itself ? {
    recursion = {
      description = "Lambda drops later passes of ${local.full_name}: it takes their chain for a runaway"
      metric      = "RecursiveInvocationsDropped"
      threshold   = 0
      periods     = 1
    }
  } : {})
}

resource "aws_cloudwatch_metric_alarm" "queue" {
  for_each = local.queue_alarms

  alarm_name          = "${local.full_name}-${each.key}"
  alarm_description   = "${each.value.description}. docs/RUNBOOK.md: ${each.key}"
  namespace           = "AWS/SQS"
  metric_name         = each.value.metric
  dimensions          = { QueueName = each.value.queue }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.shared.alarm_topic_arn]
  ok_actions          = [var.shared.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "function" {
  for_each = local.function_alarms

  alarm_name          = "${local.full_name}-${each.key}"
  alarm_description   = "${each.value.description}. docs/RUNBOOK.md: ${each.key}"
  namespace           = "AWS/Lambda"
  metric_name         = each.value.metric
  dimensions          = { FunctionName = local.full_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = each.value.periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.shared.alarm_topic_arn]
  ok_actions          = [var.shared.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "duration" {
  alarm_name          = "${local.full_name}-duration"
  alarm_description   = "One in twenty runs of ${local.full_name} takes over nine tenths of its ${var.limit_seconds} s. docs/RUNBOOK.md: duration"
  namespace           = "AWS/Lambda"
  metric_name         = "Duration"
  dimensions          = { FunctionName = local.full_name }
  extended_statistic  = "p95"
  period              = 300
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = 900 * var.limit_seconds
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.shared.alarm_topic_arn]
  ok_actions          = [var.shared.alarm_topic_arn]
}
