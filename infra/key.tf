# One key for all that the stack stores: queues, ledger, ClickHouse secrets, logs, environments, alarms. It goes with the stack, so that
# connections, which stay, are not under it: docs/adr/0022-connections-outlive-the-stack.md.
resource "aws_kms_key" "stack" {
  description             = "${local.prefix}: queues, ledger, secret, logs"
  deletion_window_in_days = 30
  enable_key_rotation     = true
  policy                  = data.aws_iam_policy_document.key.json
}

resource "aws_kms_alias" "stack" {
  name          = "alias/${local.prefix}"
  target_key_id = aws_kms_key.stack.key_id
}

# In a key's policy the resource "*" is that key and nothing else; AWS knows no other way to write it.
data "aws_iam_policy_document" "key" {
  #checkov:skip=CKV_AWS_109:A key's policy; "*" is this key, and the account must be able to manage it
  #checkov:skip=CKV_AWS_111:A key's policy; "*" is this key
  #checkov:skip=CKV_AWS_356:A key's policy; "*" is this key
  statement {
    sid       = "Account"
    actions   = ["kms:*"]
    resources = ["*"]

    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${local.account}:root"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*", "kms:DescribeKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["logs.${var.region}.${data.aws_partition.current.dns_suffix}"]
    }

    condition {
      test     = "ArnEquals"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values   = [for name in local.function_names : "${local.arn.logs}:log-group:/aws/lambda/${local.prefix}-${name}"]
    }
  }

  # EventBridge puts events into an encrypted queue, CloudWatch alarms into an encrypted topic. No condition: AWS does not promise to send
  # a source to KMS for either. What they may send to is bound by the queue's and the topic's own policies.
  statement {
    sid       = "Deliveries"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "cloudwatch.amazonaws.com"]
    }
  }
}
