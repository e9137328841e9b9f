locals {
  # The buckets and their readers: CloudFront for pictures and the frontend, nobody for logs.
  buckets = toset(["frontend", "pictures", "logs"])
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_18:access to pictures and the frontend is logged, see below; access to logs is not
  #checkov:skip=CKV_AWS_145:all buckets but the logs use the key; CloudFront could not write to those with it
  #checkov:skip=CKV_AWS_144:pictures have no other copy, but versions protect them; a second region is an option
  #checkov:skip=CKV2_AWS_62:events of buckets are not used; jobs are queued in PostgreSQL
  #checkov:skip=CKV2_AWS_61:buckets with versions have a lifecycle; files of old builds are never removed by age
  for_each = local.buckets
  bucket   = "${var.name}-${each.key}-${data.aws_caller_identity.this.account_id}"
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = local.buckets
  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id
  rule {
    bucket_key_enabled = true
    apply_server_side_encryption_by_default {
      # CloudFront only writes logs to buckets with S3's own encryption key.
      sse_algorithm     = each.key == "logs" ? "AES256" : "aws:kms"
      kms_master_key_id = each.key == "logs" ? null : aws_kms_key.this.arn
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each   = local.buckets
  bucket     = aws_s3_bucket.this[each.key].id
  depends_on = [aws_s3_bucket_versioning.this]
  rule {
    id     = "versions"
    status = "Enabled"
    filter {}
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
    abort_incomplete_multipart_upload {
      days_after_initiation = 2
    }
  }
  dynamic "rule" {
    for_each = each.key == "logs" ? [1] : []
    content {
      id     = "logs"
      status = "Enabled"
      filter {}
      expiration {
        days = 90
      }
      abort_incomplete_multipart_upload {
        days_after_initiation = 2
      }
    }
  }
}

resource "aws_s3_bucket_logging" "this" {
  for_each      = setsubtract(local.buckets, ["logs"])
  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["logs"].id
  target_prefix = "s3/${each.key}/"
}

# Browsers upload sellers' files directly, with a signed form, from our own pages only.
resource "aws_s3_bucket_cors_configuration" "pictures" {
  bucket = aws_s3_bucket.this["pictures"].id
  cors_rule {
    allowed_methods = ["POST"]
    allowed_origins = ["https://${var.host}"]
    allowed_headers = ["*"]
    max_age_seconds = 3600
  }
}

resource "aws_cloudfront_origin_access_control" "frontend" {
  name                              = "${var.name}-frontend"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

data "aws_iam_policy_document" "frontend" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.this["frontend"].arn}/*"]
    principals {
      type        = "Service"
      identifiers = ["cloudfront.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudfront_distribution.this.arn]
    }
  }
}

resource "aws_s3_bucket_policy" "frontend" {
  bucket = aws_s3_bucket.this["frontend"].id
  policy = data.aws_iam_policy_document.frontend.json
}

data "aws_cloudfront_cache_policy" "known" {
  for_each = toset(["Managed-CachingOptimized", "Managed-CachingDisabled"])
  name     = each.key
}

data "aws_cloudfront_origin_request_policy" "all" {
  name = "Managed-AllViewer"
}

resource "aws_cloudfront_response_headers_policy" "files" {
  #checkov:skip=CKV_AWS_259:the host's owner decides about HSTS preloading
  name = "${var.name}-files"
  security_headers_config {
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      override                   = true
    }
    content_type_options {
      override = true
    }
    frame_options {
      frame_option = "DENY"
      override     = true
    }
  }
}

resource "aws_cloudfront_distribution" "this" {
  #checkov:skip=CKV_AWS_68:the edge has limits by IP; a firewall is an option
  #checkov:skip=CKV2_AWS_47:nothing here is Java
  #checkov:skip=CKV_AWS_310:there is one cluster; a second one would be the second origin
  #checkov:skip=CKV_AWS_374:visitors may come from anywhere
  #checkov:skip=CKV_AWS_305:the api tier serves the page at /
  #checkov:skip=CKV2_AWS_32:the app sets the headers of its own responses; files have a policy
  enabled         = true
  is_ipv6_enabled = true
  http_version    = "http2and3"
  aliases         = [var.host]
  price_class     = "PriceClass_100"

  origin {
    origin_id                = "frontend"
    domain_name              = aws_s3_bucket.this["frontend"].bucket_regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.frontend.id
  }

  origin {
    origin_id   = "plaza"
    domain_name = var.origin_host
    custom_origin_config {
      http_port                = 80
      https_port               = 443
      origin_protocol_policy   = "https-only"
      origin_ssl_protocols     = ["TLSv1.2"]
      origin_keepalive_timeout = 60
      origin_read_timeout      = 60
    }
  }

  # Pages, the API and sockets: the cluster's edge does the caching.
  default_cache_behavior {
    target_origin_id         = "plaza"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]
    cached_methods           = ["GET", "HEAD"]
    compress                 = true
    cache_policy_id          = data.aws_cloudfront_cache_policy.known["Managed-CachingDisabled"].id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
  }

  dynamic "ordered_cache_behavior" {
    for_each = ["/assets/*", "/fonts/*", "/favicon.svg"]
    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = "frontend"
      viewer_protocol_policy     = "redirect-to-https"
      allowed_methods            = ["GET", "HEAD"]
      cached_methods             = ["GET", "HEAD"]
      compress                   = true
      cache_policy_id            = data.aws_cloudfront_cache_policy.known["Managed-CachingOptimized"].id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.files.id
    }
  }

  ordered_cache_behavior {
    path_pattern             = "/media/pictures/*"
    target_origin_id         = "plaza"
    viewer_protocol_policy   = "redirect-to-https"
    allowed_methods          = ["GET", "HEAD"]
    cached_methods           = ["GET", "HEAD"]
    cache_policy_id          = data.aws_cloudfront_cache_policy.known["Managed-CachingOptimized"].id
    origin_request_policy_id = data.aws_cloudfront_origin_request_policy.all.id
  }

  logging_config {
    bucket          = aws_s3_bucket.this["logs"].bucket_domain_name
    prefix          = "cloudfront/"
    include_cookies = false
  }

  viewer_certificate {
    acm_certificate_arn      = var.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
}
