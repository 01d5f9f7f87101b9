variable "name" {
  description = "The function's plain name."
  type        = string
}

variable "description" {
  description = "What it does, in a few words."
  type        = string
}

variable "queue_name" {
  description = "Full name of the queue that feeds it."
  type        = string
}

variable "numbers" {
  description = "How it takes from its queue, and how long it may run."
  type = object({
    timeout_seconds     = number
    batch_size          = number
    maximum_concurrency = number
    receives            = number # before SQS itself puts a message into the dead-letter queue
  })

  validation {
    condition     = var.numbers.maximum_concurrency >= 2 && var.numbers.maximum_concurrency <= 1000
    error_message = "An event source mapping takes a maximum concurrency of 2 to 1000."
  }
}

variable "age_seconds" {
  description = "How long a message may rightly wait in the queue, beside one visibility timeout: the longest delay it is sent with."
  type        = number
}

variable "limit_seconds" {
  description = "What its duration must stay below: the budget of an importer, the timeout of any other."
  type        = number
}

variable "dead_letter_use" {
  description = "What its messages are, for the alarm's text."
  type        = string
}

variable "sends_to_itself" {
  description = "Whether it sends messages to the queue that feeds it, on purpose."
  type        = bool
  default     = false
}

variable "direct_alias" {
  description = "The alias through which it answers direct requests; none if null."
  type        = string
  default     = null
}

variable "environment" {
  description = "Environment variables beside those that follow from its queue."
  type        = map(string)
}

variable "permissions" {
  description = "What its role may do beside taking from its queue, refusing into its dead-letter queue and logging; with via_service, only when that service asks for it."
  type        = list(object({ actions = list(string), resources = list(string), via_service = optional(string) }))

  validation {
    condition     = alltrue(flatten([for permission in var.permissions : [for resource in permission.resources : startswith(resource, "arn:")]]))
    error_message = "Every permission must name its resources."
  }
}

variable "shared" {
  description = "What all functions of the stack have in common."
  type = object({
    prefix              = string
    arn                 = map(string)
    architecture        = string
    package_directory   = string
    kms_key_arn         = string
    alarm_topic_arn     = string
    log_retention_days  = number
    xray_tracing        = bool
    code_signing        = optional(string)
    vpc                 = optional(object({ subnet_ids = set(string), security_group_ids = set(string) }))
    runtime             = string
    memory_megabytes    = number
    function_assumption = string
    queues = object({
      max_receives                  = number
      visibility_timeouts           = number
      retention_seconds             = number
      dead_letter_retention_seconds = number
      dead_letters                  = string
    })
  })
}
