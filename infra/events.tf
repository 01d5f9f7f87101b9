# Bus → rule → queue, and not rule → function: the queue gives fanout its retries and its dead letters.
resource "aws_cloudwatch_event_bus" "simulations" {
  name = "${local.prefix}-${local.deployment.event.bus}"
}

# A bus without a policy takes events of its own account only, from whoever that account lets put them.
resource "aws_cloudwatch_event_bus_policy" "publishers" {
  count = length(var.publisher_accounts) > 0 ? 1 : 0

  event_bus_name = aws_cloudwatch_event_bus.simulations.name
  policy         = data.aws_iam_policy_document.publishers.json
}

data "aws_iam_policy_document" "publishers" {
  statement {
    actions   = ["events:PutEvents"]
    resources = ["${local.arn.events}:event-bus/${local.prefix}-${local.deployment.event.bus}"]

    principals {
      type        = "AWS"
      identifiers = [for account in sort(var.publisher_accounts) : "arn:${data.aws_partition.current.partition}:iam::${account}:root"]
    }

    condition {
      test     = "StringEquals"
      variable = "events:source"
      values   = [local.deployment.event.source]
    }

    condition {
      test     = "StringEquals"
      variable = "events:detail-type"
      values   = [local.deployment.event.detail_type]
    }
  }
}

resource "aws_cloudwatch_event_rule" "simulation_completed" {
  name           = "${local.prefix}-${local.deployment.event.rule}"
  description    = "Completed simulations, to fanout's queue"
  event_bus_name = aws_cloudwatch_event_bus.simulations.name

  event_pattern = jsonencode({
    source        = [local.deployment.event.source]
    "detail-type" = [local.deployment.event.detail_type]
  })
}

resource "aws_cloudwatch_event_target" "events" {
  rule           = aws_cloudwatch_event_rule.simulation_completed.name
  event_bus_name = aws_cloudwatch_event_bus.simulations.name
  target_id      = "events"
  arn            = module.fanout.queue.arn

  # Without these two an event that cannot be delivered for a day is gone.
  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }

  retry_policy {
    maximum_event_age_in_seconds = local.deployment.event.maximum_age_seconds
    maximum_retry_attempts       = local.deployment.event.maximum_retries
  }
}

resource "aws_sqs_queue" "undelivered" {
  name                      = "${local.prefix}-${local.deployment.event.undelivered}"
  message_retention_seconds = local.deployment.queues.dead_letter_retention_seconds
  kms_master_key_id         = aws_kms_key.stack.arn
}

resource "aws_sqs_queue_policy" "undelivered" {
  queue_url = aws_sqs_queue.undelivered.url
  policy    = data.aws_iam_policy_document.from_rule["undelivered"].json
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = module.fanout.queue.url
  policy    = data.aws_iam_policy_document.from_rule["events"].json
}

# Lets the one rule of the one bus send.
data "aws_iam_policy_document" "from_rule" {
  for_each = {
    events      = local.events_queue
    undelivered = "${local.prefix}-${local.deployment.event.undelivered}"
  }

  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["${local.arn.sqs}:${each.value}"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = ["${local.arn.events}:rule/${local.prefix}-${local.deployment.event.bus}/${local.prefix}-${local.deployment.event.rule}"]
    }
  }
}
