provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Project = "spanlift", Stack = local.prefix }, var.tags)
  }
}
