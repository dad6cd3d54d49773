"""Which actions write who may do what with a resource.

Source: AWS Service Authorization Reference, access level permissions management, of the services whose resources have
such a policy.
"""

from __future__ import annotations

# What writes a policy, or an ACL, that lets its writer in.
WRITES = (
    *("backup:PutBackupVaultAccessPolicy", "dynamodb:PutResourcePolicy", "ecr:SetRepositoryPolicy"),
    *("elasticfilesystem:PutFileSystemPolicy", "glacier:SetVaultAccessPolicy", "kinesis:PutResourcePolicy"),
    *("kms:CreateGrant", "kms:PutKeyPolicy", "s3:PutAccessPointPolicy", "s3:PutBucketAcl", "s3:PutBucketPolicy"),
    *("secretsmanager:PutResourcePolicy", "sns:AddPermission", "sns:SetTopicAttributes", "sqs:AddPermission"),
    "sqs:SetQueueAttributes",
)
