# 1.11: S3 keeps the state's lock (docs/DEPLOY.md#3-the-stack). 6.45: the schema that infra/tools checks against.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.45, < 7"
    }
  }
}
