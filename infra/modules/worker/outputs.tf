output "queue" {
  description = "The queue that feeds the function."
  value       = { arn = aws_sqs_queue.own.arn, url = aws_sqs_queue.own.url, name = var.queue_name }
}

output "dead_letter_queue_url" {
  description = "Where its refused and failed messages are."
  value       = aws_sqs_queue.dead_letters.url
}

output "function_name" {
  description = "The function's full name."
  value       = local.full_name
}

output "direct_function" {
  description = "Where it answers direct requests, as name and alias; null if it answers none."
  value       = var.direct_alias == null ? null : "${local.full_name}:${one(aws_lambda_alias.direct[*].name)}"
}

output "log_group" {
  description = "Where it logs."
  value       = aws_cloudwatch_log_group.own.name
}

output "recursive_loop" {
  description = "Whether Lambda lets it feed its own queue: Allow, or null for Lambda's default, which ends such chains."
  value       = one(aws_lambda_function_recursion_config.own[*].recursive_loop)
}

output "alarm_names" {
  description = "The names of its alarms, and of those of its queues."
  value       = concat(values(aws_cloudwatch_metric_alarm.queue)[*].alarm_name, values(aws_cloudwatch_metric_alarm.function)[*].alarm_name, [aws_cloudwatch_metric_alarm.duration.alarm_name])
}

output "policy" {
  description = "What its role may do, as JSON."
  value       = data.aws_iam_policy_document.own.json
}

output "numbers" {
  description = "What it was made with."
  value = {
    timeout_seconds               = aws_lambda_function.own.timeout
    memory_megabytes              = aws_lambda_function.own.memory_size
    visibility_seconds            = aws_sqs_queue.own.visibility_timeout_seconds
    retention_seconds             = aws_sqs_queue.own.message_retention_seconds
    dead_letter_retention_seconds = aws_sqs_queue.dead_letters.message_retention_seconds
    batch_size                    = aws_lambda_event_source_mapping.own.batch_size
    maximum_concurrency           = one(aws_lambda_event_source_mapping.own.scaling_config).maximum_concurrency
    longest_age_seconds           = aws_cloudwatch_metric_alarm.queue["age"].threshold
    longest_run_milliseconds      = aws_cloudwatch_metric_alarm.duration.threshold
  }
}

output "environment" {
  description = "What it is told, beside its own queues."
  value       = var.environment
}
