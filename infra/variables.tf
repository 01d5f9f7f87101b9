# Three values must be given; the rest has defaults. The deployment's numbers (timeouts, budgets, queues) are not variables:
# they stand in deployment.json, which the embedded stack reads too, so that what was tested is what is deployed.

variable "region" {
  description = "AWS region of the whole stack. Best the one of the ClickHouse service."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "The region must look like eu-west-1."
  }
}

variable "clickhouse_url" {
  description = "The trace store's HTTP interface, https://host:8443, without user or password: those stand in the secret <name_prefix>/clickhouse."
  type        = string

  validation {
    condition     = can(regex("^https://[^/@?#]+/?$", var.clickhouse_url))
    error_message = "The ClickHouse URL must be https://host[:port], with no user, path or query: spans and a password go there."
  }
}

variable "alarm_emails" {
  description = "Who is told of alarms, by mail (each must confirm once). An empty list where something else subscribes to the topic."
  type        = set(string)

  validation {
    condition     = alltrue([for address in var.alarm_emails : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "Each alarm address must be a mail address."
  }
}

variable "name_prefix" {
  description = "What every name begins with; null for deployment.json's. Stacks in one account need different ones, in different regions too (roles are global)."
  type        = string
  default     = null

  validation {
    # No slash: the policies' <prefix>/*/<provider> must not reach another stack. 24: role and function names end at 64.
    condition     = var.name_prefix == null || can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.name_prefix))
    error_message = "The name prefix must be 2 to 24 of a-z, 0-9 and -, begin with a letter and not end with a dash."
  }
}

variable "enabled_providers" {
  description = "Providers to deploy, of deployment.json's table; null for all."
  type        = set(string)
  default     = null

  validation {
    condition     = var.enabled_providers == null ? true : length(var.enabled_providers) > 0 && length(setsubtract(var.enabled_providers, keys(local.deployment.providers))) == 0
    error_message = "Enabled providers must be one or more of: ${join(", ", keys(local.deployment.providers))}."
  }
}

variable "package_directory" {
  description = "Folder with <function>/bootstrap.zip of each function, as `cargo lambda build --output-format zip` and infra/scripts/package.py leave them."
  type        = string
  default     = "../target/lambda"
}

variable "architecture" {
  description = "Processor of the functions; the packages must be built for it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "allowed_hosts" {
  description = "Hosts of customers that may be called although they are private or not encrypted: scheme://host-or-CIDR[:port]."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for host in var.allowed_hosts : can(regex("^https?://[^,\\s]+$", host))])
    error_message = "Each allowed host must be scheme://host-or-CIDR[:port], without commas or blanks."
  }
}

variable "publisher_accounts" {
  description = "Other accounts that may put completed simulations on the bus (12 digits each); the stack's own needs no mention."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for account in var.publisher_accounts : can(regex("^[0-9]{12}$", account))])
    error_message = "Each publisher account must be 12 digits."
  }
}

variable "connection_key_arns" {
  description = "Customer-managed keys that connections' secrets are encrypted with, where they are not under the account's own aws/secretsmanager (docs/DEPLOY.md, step 5)."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.connection_key_arns : can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", arn))])
    error_message = "Each connection key must be a key's ARN (…:key/…): an alias in a policy's resource means nothing to AWS."
  }
}

variable "vpc" {
  description = "Private subnets (with a way out, by NAT) and security groups for the functions, to reach platforms in a VPC; null for none. Then also name them in allowed_hosts."
  type = object({
    subnet_ids         = set(string)
    security_group_ids = set(string)
  })
  default = null

  validation {
    condition     = var.vpc == null ? true : length(var.vpc.subnet_ids) > 0 && length(var.vpc.security_group_ids) > 0
    error_message = "A VPC needs at least one subnet and one security group."
  }
}

variable "log_level" {
  description = "Filter of the functions' logs (docs/LOGGING.md), such as info,spanlift_platform_client=debug; null for deployment.json's."
  type        = string
  default     = null

  validation {
    condition     = var.log_level == null ? true : can(regex("(^|,) *(info|debug|trace) *(,|$)", var.log_level))
    error_message = "The log level must let info through, for alarms are counted from the lines of that level: info, debug or trace, and then others by commas."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096 … 3653 days only."
  }
}

variable "empty_share_percent" {
  description = "Alarm when more than this share of imports ends empty, three hours in a row."
  type        = number
  default     = 50

  validation {
    condition     = var.empty_share_percent > 0 && var.empty_share_percent < 100
    error_message = "The share must be between 0 and 100 percent."
  }
}

variable "ledger_deletion_protection" {
  description = "Whether DynamoDB refuses to delete the ledger. Turn it off, and apply, before removing the stack."
  type        = bool
  default     = true
}

variable "xray_tracing" {
  description = "Whether Lambda sends X-Ray traces. Off: AWS grants X-Ray on every resource only, and the functions add nothing to its traces."
  type        = bool
  default     = false
}

variable "code_signing_config_arn" {
  description = "Code signing configuration that packages must satisfy; null for none."
  type        = string
  default     = null
}

variable "tags" {
  description = "Further tags on everything."
  type        = map(string)
  default     = {}
}
