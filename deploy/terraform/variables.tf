variable "name" {
  description = "What everything is called."
  type        = string
  default     = "plaza"
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "zones" {
  description = "Availability zones of the region."
  type        = list(string)
  default     = ["eu-central-1a", "eu-central-1b", "eu-central-1c"]
}

variable "network" {
  type    = string
  default = "10.20.0.0/16"
}

variable "host" {
  description = "The marketplace's own host name."
  type        = string
}

variable "certificate_arn" {
  description = "A certificate for that host, in us-east-1, for CloudFront."
  type        = string
}

variable "origin_host" {
  description = "The host name of the cluster's gateway, which CloudFront asks for pages, the API and sockets."
  type        = string
}

variable "operators" {
  description = "Networks from which the cluster's API may be reached."
  type        = list(string)
  validation {
    condition     = !contains(var.operators, "0.0.0.0/0") && length(var.operators) > 0
    error_message = "Name the operators' own networks."
  }
}

variable "database" {
  type = object({
    class     = string
    replicas  = number
    gigabytes = number
  })
  default = {
    class     = "db.m7g.xlarge"
    replicas  = 1
    gigabytes = 200
  }
}

variable "redis_class" {
  type    = string
  default = "cache.m7g.large"
}

variable "nodes" {
  type = object({
    class = string
    least = number
    most  = number
  })
  default = {
    class = "m7g.xlarge"
    least = 3
    most  = 12
  }
}

variable "redis_password" {
  description = "Of both Redis; given as TF_VAR_redis_password, and put into the secret store beside the other settings."
  type        = string
  sensitive   = true
}
