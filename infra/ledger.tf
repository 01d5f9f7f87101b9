resource "aws_dynamodb_table" "ledger" {
  name                        = local.table
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "PK"
  range_key                   = "SK"
  deletion_protection_enabled = var.ledger_deletion_protection

  dynamic "attribute" {
    for_each = {
      PK                                           = "S"
      SK                                           = "S"
      (local.deployment.ledger.index.hash)         = "S"
      (local.deployment.ledger.index.range)        = "S"
      (local.deployment.ledger.due_index.hash)     = "S"
      (local.deployment.ledger.due_index.range)    = "N"
      (local.deployment.ledger.recent_index.hash)  = "S"
      (local.deployment.ledger.recent_index.range) = "N"
    }

    content {
      name = attribute.key
      type = attribute.value
    }
  }

  # The first two are sparse. The first holds the imports that need a person; the second those that have not ended, for only they have
  # a passes_from: it is where overdue.py looks for what should have happened and did not. The second and the third hold keys that
  # change twice in an import's life, and nothing else: an entry costs a write whenever it changes (docs/adr/0039).
  # Their hash_key and range_key are deprecated since 6.29 in favour of key_schema, which plans a change for ever
  # (hashicorp/terraform-provider-aws#46513, open): hence the warnings of each plan, and "< 7" in terraform.tf.
  global_secondary_index {
    name            = local.deployment.ledger.index.name
    hash_key        = local.deployment.ledger.index.hash
    range_key       = local.deployment.ledger.index.range
    projection_type = "ALL"
  }

  global_secondary_index {
    name            = local.deployment.ledger.due_index.name
    hash_key        = local.deployment.ledger.due_index.hash
    range_key       = local.deployment.ledger.due_index.range
    projection_type = "KEYS_ONLY"
  }

  # All imports, by time. Its key is a day and one of eight shards: no organization's burst falls on one partition.
  global_secondary_index {
    name            = local.deployment.ledger.recent_index.name
    hash_key        = local.deployment.ledger.recent_index.hash
    range_key       = local.deployment.ledger.recent_index.range
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = local.deployment.ledger.expiry_attribute
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.stack.arn
  }
}
