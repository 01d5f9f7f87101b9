locals {
  full_name         = "${var.shared.prefix}-${var.name}"
  dead_letters_name = "${var.queue_name}${var.shared.queues.dead_letters}"
  # AWS's advice: six times the function's timeout, so that a batch that waits for a free function is not delivered twice.
  visibility_seconds = var.shared.queues.visibility_timeouts * var.numbers.timeout_seconds
}

resource "aws_sqs_queue" "own" {
  name                       = var.queue_name
  visibility_timeout_seconds = local.visibility_seconds
  message_retention_seconds  = var.shared.queues.retention_seconds
  kms_master_key_id          = var.shared.kms_key_arn

  # fanout: five receives. An importer counts its tries itself and puts aside what failed: its messages also come back while
  # another one's lease lasts or an import rests, which is no failure, so that SQS's own count is only a last bound.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.numbers.receives
  })
}

# Kept longer than in the queue itself: a message's age goes on counting when it is moved.
resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letters_name
  message_retention_seconds = var.shared.queues.dead_letter_retention_seconds
  kms_master_key_id         = var.shared.kms_key_arn
}

resource "aws_sqs_queue_redrive_allow_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.url

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.own.arn]
  })
}

resource "aws_lambda_event_source_mapping" "own" {
  event_source_arn        = aws_sqs_queue.own.arn
  function_name           = aws_lambda_function.own.arn
  batch_size              = var.numbers.batch_size
  function_response_types = ["ReportBatchItemFailures"]

  # Not by reserved concurrency: the pollers would go on fetching, and messages would spend their receives on throttles.
  scaling_config {
    maximum_concurrency = var.numbers.maximum_concurrency
  }

  # AWS tries whether the role may receive. And no message comes before the chain that it begins is allowed.
  depends_on = [aws_iam_role_policy.own, aws_iam_role_policy.key, aws_lambda_function_recursion_config.own]
}
