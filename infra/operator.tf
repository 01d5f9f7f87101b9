# What `spanlift connect`, `verify`, `replace-key`, `disconnect`, `connections`, `status` and `explain` need. It reaches a function
# through its alias for direct requests only, so that nobody who may verify can forge a batch.
data "aws_iam_policy_document" "operator" {
  #checkov:skip=CKV_AWS_356:Secrets Manager grants ListSecrets on "*" only; it tells names and times, and no value
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [for name, importer in module.importer : "${local.arn.lambda}:function:${importer.direct_function}"]
  }

  # An AWS key of one's own for connections (connection_key_arns) grants its use itself.
  statement {
    actions = [
      "secretsmanager:CreateSecret", "secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue", "secretsmanager:PutSecretValue",
      "secretsmanager:UpdateSecretVersionStage", "secretsmanager:DeleteSecret", "secretsmanager:TagResource", "secretsmanager:UntagResource",
    ]
    resources = flatten(values(local.connections))
  }

  statement {
    actions   = ["secretsmanager:ListSecrets"]
    resources = ["*"]
  }

  statement {
    actions   = ["dynamodb:Query", "dynamodb:BatchGetItem"]
    resources = [for path in ["", "/index/${local.deployment.ledger.recent_index.name}"] : "${local.arn.dynamodb}:table/${local.table}${path}"]
  }
}

locals {
  # DynamoDB decrypts the ledger in the name of whoever reads it. Apart from the rest, which can be read in a plan.
  operator_key = { Effect = "Allow", Action = "kms:Decrypt", Resource = aws_kms_key.stack.arn }
  operator     = jsondecode(data.aws_iam_policy_document.operator.json)
}
