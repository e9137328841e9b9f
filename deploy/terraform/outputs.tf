output "settings" {
  description = "What the chart's values and the secret store are given."
  value = {
    PLAZA_S3_BUCKET               = aws_s3_bucket.this["pictures"].bucket
    PLAZA_S3_REGION               = var.region
    PLAZA_FRONTEND_BUCKET         = aws_s3_bucket.this["frontend"].bucket
    PLAZA_CLOUDFRONT_DISTRIBUTION = aws_cloudfront_distribution.this.id
    PLAZA_DYNAMODB_TABLE          = aws_dynamodb_table.documents.name
    PLAZA_DYNAMODB_REGION         = var.region
  }
}

output "addresses" {
  description = "What PLAZA_DATABASE_URL, PLAZA_REPLICA_URLS and both PLAZA_*_REDIS_URL in the secret store are made of."
  value = {
    database = aws_db_instance.primary.endpoint
    replicas = aws_db_instance.replica[*].endpoint
    redis    = { for name, group in aws_elasticache_replication_group.redis : name => group.primary_endpoint_address }
    cluster  = aws_eks_cluster.this.name
  }
}
