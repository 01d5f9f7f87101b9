# Alarms of the stack as a whole; those of each function and its queues are in modules/worker. Each has its row in docs/RUNBOOK.md.
locals {
  # FailureReason of shared/model/src/ledger.rs; a test compares them.
  failure_reasons = toset([
    "unauthorized", "forbidden", "project_not_found", "wrong_host", "host_refused", "bad_connection", "unsupported_version",
    "unreachable", "timeout", "rate_limited", "platform_error", "malformed", "store_unavailable",
  ])

  # Fewer imports than this in an hour say nothing about a share.
  share_needs_imports = 20
}

resource "aws_cloudwatch_metric_alarm" "undelivered" {
  alarm_name          = "${local.prefix}-undelivered"
  alarm_description   = "EventBridge could not put events into ${local.events_queue}. docs/RUNBOOK.md: undelivered"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.undelivered.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = local.failure_reasons

  alarm_name          = "${local.prefix}-failed-${each.value}"
  alarm_description   = "Imports end as failed (${each.value}). docs/RUNBOOK.md: ${each.value}"
  namespace           = local.metrics_namespace
  metric_name         = "failed"
  dimensions          = { reason = each.value }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

# Imports wait an outage out, and fail hours later only: who could end it must know at once.
resource "aws_cloudwatch_metric_alarm" "store_unavailable" {
  alarm_name          = "${local.prefix}-store-unavailable"
  alarm_description   = "Imports are put off: trace store, ledger, secrets or a queue did not answer ${local.deployment.queues.max_receives} times. docs/RUNBOOK.md: store-unavailable"
  namespace           = local.metrics_namespace
  metric_name         = "store_unavailable"
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "empty_share" {
  alarm_name          = "${local.prefix}-empty-share"
  alarm_description   = "More than ${var.empty_share_percent} % of imports end empty, three hours in a row. docs/RUNBOOK.md: empty-share"
  evaluation_periods  = 3
  comparison_operator = "GreaterThanThreshold"
  threshold           = var.empty_share_percent
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "share"
    label       = "% empty"
    expression  = "IF(ended >= ${local.share_needs_imports}, 100 * FILL(empty, 0) / ended, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = toset(["empty", "ended"])

    content {
      id = metric_query.value

      metric {
        namespace   = local.metrics_namespace
        metric_name = metric_query.value
        stat        = "Sum"
        period      = 3600
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "overdue" {
  alarm_name          = "${local.prefix}-overdue"
  alarm_description   = "Imports should have gone on over ${local.deployment.ledger.overdue_seconds} s ago and did not, or nobody counts them. docs/RUNBOOK.md: overdue"
  namespace           = local.metrics_namespace
  metric_name         = "overdue"
  statistic           = "Maximum"
  period              = 1800
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  # A watch that does not report is no good news.
  treat_missing_data = "breaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]
}

resource "aws_sns_topic" "alarms" {
  name              = "${local.prefix}-alarms"
  kms_master_key_id = aws_kms_key.stack.arn
}

# Apart from the topic, because it names the alarms, and the alarms name the topic.
resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "mail" {
  for_each = var.alarm_emails

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = each.value
}

locals {
  stack_alarms = concat(values(aws_cloudwatch_metric_alarm.failed)[*].alarm_name, [
    aws_cloudwatch_metric_alarm.undelivered.alarm_name,
    aws_cloudwatch_metric_alarm.store_unavailable.alarm_name,
    aws_cloudwatch_metric_alarm.empty_share.alarm_name,
    aws_cloudwatch_metric_alarm.overdue.alarm_name,
  ])
  alarm_names = sort(concat(local.stack_alarms, flatten(values(local.workers)[*].alarm_names)))
}

# The stack's alarms, and nobody else's: by name, for `spanlift-*` would let in those of a stack that is named spanlift-eu.
data "aws_iam_policy_document" "alarms" {
  statement {
    actions   = ["sns:Publish"]
    resources = ["${local.arn.sns}:${local.prefix}-alarms"]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [for name in local.alarm_names : "${local.arn.cloudwatch}:alarm:${name}"]
    }

    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}
