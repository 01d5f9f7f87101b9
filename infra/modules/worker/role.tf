# One role for each function. stack/policies.py grants the same in the embedded stack, where every call is checked against it.
resource "aws_iam_role" "own" {
  name               = local.full_name
  description        = "The function ${local.full_name}, and nothing else"
  assume_role_policy = var.shared.function_assumption
}

resource "aws_iam_role_policy" "own" {
  name   = "own"
  role   = aws_iam_role.own.id
  policy = data.aws_iam_policy_document.own.json
}

data "aws_iam_policy_document" "own" {
  statement {
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
    resources = ["${var.shared.arn.sqs}:${var.queue_name}"]
  }

  # What can never be done is put aside with its reason.
  statement {
    actions   = ["sqs:SendMessage"]
    resources = ["${var.shared.arn.sqs}:${local.dead_letters_name}"]
  }

  # Not CreateLogGroup: terraform makes the group, with its retention and its key.
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${var.shared.arn.logs}:log-group:${local.log_group}:*"]
  }

  dynamic "statement" {
    for_each = var.permissions

    content {
      actions   = statement.value.actions
      resources = statement.value.resources

      dynamic "condition" {
        for_each = statement.value.via_service[*]

        content {
          test     = "StringEquals"
          variable = "kms:ViaService"
          values   = [condition.value]
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "key" {
  name   = "key"
  role   = aws_iam_role.own.id
  policy = data.aws_iam_policy_document.key.json
}

data "aws_iam_policy_document" "key" {
  statement {
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = [var.shared.kms_key_arn]
  }
}

# What AWS grants on "*" only, and only where it was asked for.
resource "aws_iam_role_policy" "network" {
  for_each = var.shared.vpc == null ? {} : { vpc = data.aws_iam_policy_document.network.json }

  name   = "network"
  role   = aws_iam_role.own.id
  policy = each.value
}

data "aws_iam_policy_document" "network" {
  #checkov:skip=CKV_AWS_111:Lambda checks these on "*" before it takes a VPC; the function's own code is denied them
  #checkov:skip=CKV_AWS_356:Lambda checks these on "*" before it takes a VPC; the function's own code is denied them
  dynamic "statement" {
    for_each = { Allow = [], Deny = ["${var.shared.arn.lambda}:function:${local.full_name}"] }

    content {
      effect    = statement.key
      resources = ["*"]
      actions = [
        "ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
        "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
      ]

      # Lambda itself makes the interfaces, by the role; calls of the function's code bear its ARN.
      dynamic "condition" {
        for_each = statement.value

        content {
          test     = "ArnEquals"
          variable = "lambda:SourceFunctionArn"
          values   = [condition.value]
        }
      }
    }
  }
}

resource "aws_iam_role_policy" "tracing" {
  for_each = var.shared.xray_tracing ? { xray = data.aws_iam_policy_document.tracing.json } : {}

  name   = "tracing"
  role   = aws_iam_role.own.id
  policy = each.value
}

data "aws_iam_policy_document" "tracing" {
  #checkov:skip=CKV_AWS_111:X-Ray knows no resources
  #checkov:skip=CKV_AWS_356:X-Ray knows no resources
  statement {
    actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    resources = ["*"]
  }
}
