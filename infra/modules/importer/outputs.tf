output "queue" {
  description = "The queue of its import jobs."
  value       = module.worker.queue
}

output "dead_letter_queue_url" {
  description = "Where its refused and failed jobs are."
  value       = module.worker.dead_letter_queue_url
}

output "function_name" {
  description = "The function's full name."
  value       = module.worker.function_name
}

output "direct_function" {
  description = "Where it answers direct requests, as name and alias."
  value       = module.worker.direct_function
}

output "recursive_loop" {
  description = "Whether Lambda lets it feed its own queue."
  value       = module.worker.recursive_loop
}

output "alarm_names" {
  description = "The names of its alarms, and of those of its queues."
  value       = module.worker.alarm_names
}

output "policy" {
  description = "What its role may do, as JSON."
  value       = module.worker.policy
}

output "numbers" {
  description = "What it was made with."
  value       = module.worker.numbers
}

output "environment" {
  description = "What it is told, beside its own queues."
  value       = module.worker.environment
}
