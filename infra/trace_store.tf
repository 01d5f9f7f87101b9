# The ClickHouse users: {"user": …, "password": …}. Their values are set by hand (docs/DEPLOY.md, step 4), so that no password is ever in
# terraform's state or plan. The importers' user cannot read what was said in a call; who runs the spanlift command reads as the other.
resource "aws_secretsmanager_secret" "clickhouse" {
  #checkov:skip=CKV2_AWS_57:The password is ClickHouse's; AWS cannot rotate it. By hand, without a gap: docs/RUNBOOK.md, "Rotating keys"
  for_each = {
    importer = local.clickhouse_secret
    reader   = local.reader_secret # not …-reader: AWS advises against a hyphen and six characters at the end of a name
  }

  name        = each.value
  description = "ClickHouse user spanlift_${each.key}: {\"user\": …, \"password\": …}"
  kms_key_id  = aws_kms_key.stack.arn
}
