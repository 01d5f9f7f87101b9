locals {
  workers       = merge({ fanout = module.fanout }, module.importer)
  worker_queues = [for name in sort(keys(local.workers)) : local.workers[name].queue.name]
  dead_letters  = concat([for name in local.worker_queues : "${name}${local.deployment.queues.dead_letters}"], [aws_sqs_queue.undelivered.name])
  functions     = [for name in sort(keys(local.workers)) : local.workers[name].function_name]

  # What stands on it, in two columns.
  charts = [
    { title = "Imports that ended, or wait for the store", stat = "Sum", metrics = [for name in ["ended", "empty", "store_unavailable"] : [local.metrics_namespace, name]] },
    { title = "Failed, by reason", stat = "Sum", metrics = [for reason in sort(local.failure_reasons) : [local.metrics_namespace, "failed", "reason", reason]] },
    { title = "Passes", stat = "Sum", metrics = [for name in sort(keys(local.providers)) : [local.metrics_namespace, "passes", "provider", name]] },
    { title = "Spans stored", stat = "Sum", metrics = [for name in sort(keys(local.providers)) : [local.metrics_namespace, "inserted_spans", "provider", name]] },
    { title = "Requests to platforms", stat = "Sum", metrics = [for name in sort(keys(local.providers)) : [local.metrics_namespace, "requests", "provider", name]] },
    { title = "Duration of a pass, p95, ms", stat = "p95", metrics = [for name in sort(keys(local.providers)) : [local.metrics_namespace, "duration", "provider", name]] },
    { title = "Overdue", stat = "Maximum", metrics = [[local.metrics_namespace, "overdue"]] },
    { title = "Dead letters", stat = "Maximum", metrics = [for name in local.dead_letters : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]] },
    { title = "Waiting messages", stat = "Maximum", metrics = [for name in local.worker_queues : ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", name]] },
    { title = "Later passes, delayed", stat = "Maximum", metrics = [for name in local.worker_queues : ["AWS/SQS", "ApproximateNumberOfMessagesDelayed", "QueueName", name]] },
    { title = "Age of the oldest message, s", stat = "Maximum", metrics = [for name in local.worker_queues : ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", name]] },
    { title = "Duration, p95, ms", stat = "p95", metrics = [for name in local.functions : ["AWS/Lambda", "Duration", "FunctionName", name]] },
    { title = "Errors", stat = "Sum", metrics = [for name in local.functions : ["AWS/Lambda", "Errors", "FunctionName", name]] },
    { title = "Throttles", stat = "Sum", metrics = [for name in local.functions : ["AWS/Lambda", "Throttles", "FunctionName", name]] },
  ]
}

resource "aws_cloudwatch_dashboard" "stack" {
  dashboard_name = local.prefix

  dashboard_body = jsonencode({
    widgets = [
      for place, chart in local.charts : {
        type   = "metric"
        x      = 12 * (place % 2)
        y      = 6 * floor(place / 2)
        width  = 12
        height = 6
        properties = {
          title   = chart.title
          region  = var.region
          stat    = chart.stat
          period  = 300
          metrics = chart.metrics
        }
      }
    ]
  })
}
