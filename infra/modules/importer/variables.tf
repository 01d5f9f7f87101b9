variable "provider_name" {
  description = "The platform, the function, the stored service.name."
  type        = string
}

variable "provider_numbers" {
  description = "Its entry in deployment.json's provider table."
  type = object({
    timeout_seconds   = number
    budget_seconds    = number
    pass_seconds      = list(number)
    last_look_seconds = number
  })

  validation {
    # A pass ends by itself and says how; a function that Lambda kills says nothing.
    condition     = var.provider_numbers.timeout_seconds >= var.provider_numbers.budget_seconds + 15
    error_message = "An importer's timeout must leave at least 15 s beside its budget."
  }
}

variable "numbers" {
  description = "How importers take from their queues."
  type        = object({ batch_size = number, maximum_concurrency = number, receives = number })

  validation {
    condition     = var.numbers.batch_size == 1
    error_message = "An importer takes one job at a time: its budget is for one import."
  }
}

variable "queue_name" {
  description = "Full name of its queue."
  type        = string
}

variable "direct_alias" {
  description = "The alias through which it answers direct requests."
  type        = string
}

variable "connections" {
  description = "ARNs of its provider's connection secrets."
  type        = list(string)
}

variable "connection_keys" {
  description = "Keys beside the account's own that connections' secrets are under, and the service by which alone they may be used."
  type        = object({ arns = set(string), via_service = string })
}

variable "trace_store" {
  description = "Database, table and attribute names of the trace store."
  type = object({
    database               = string
    table                  = string
    organization_attribute = string
    simulation_attribute   = string
  })
}

variable "clickhouse_url" {
  description = "The trace store's HTTP interface."
  type        = string
}

variable "clickhouse_secret" {
  description = "Name of the secret with the trace store's user."
  type        = string
}

variable "outcome_queue" {
  description = "Name of the queue of outcomes."
  type        = string
}

variable "outcome_queue_url" {
  description = "Its URL."
  type        = string
}

variable "allowed_hosts" {
  description = "Hosts that may be called although they are private or not encrypted."
  type        = set(string)
}

variable "environment" {
  description = "What every function is told."
  type        = map(string)
}

variable "table" {
  description = "The ledger's name."
  type        = string
}

variable "shared" {
  description = "What all functions of the stack have in common (modules/worker)."
  type        = any
}
