"""The rules that need no function: what their [match] tables say."""

# Written by scripts/build_ruleset.py from rules/*.toml; change those, not this.

MATCHES = {
    'LP320': ({'actions': ('iam:PassRole',), 'reach': ('one',), 'without_conditions': ('iam:PassedToService', 'iam:AssociatedResourceArn'), 'message': 'Lets its holder pass this role to any service that it trusts; name the service in a condition on iam:PassedToService.'},),
    'LP321': ({'actions': ('iam:PassRole',), 'reach': ('some',), 'not_resources': ('arn:*:iam::*:role/aws-service-role/*',), 'without_conditions': ('iam:PassedToService', 'iam:AssociatedResourceArn'), 'message': 'Lets its holder pass {resource} to any service; name the services in a condition on iam:PassedToService.'},),
    'LP322': ({'actions': ('iam:CreateRole', 'iam:CreateUser'), 'without_conditions': ('iam:PermissionsBoundary',), 'message': 'Lets its holder use {actions} without a permissions boundary, and so make something stronger than itself; ask for one in a condition on iam:PermissionsBoundary.'},),
    'LP325': ({'actions': ('kms:CreateGrant',), 'by_name': True, 'without_conditions': ('kms:GrantIsForAWSResource=true', 'kms:ViaService', 'kms:GranteePrincipal', 'kms:GrantOperations', 'kms:RetiringPrincipal', 'kms:GrantConstraintType', 'aws:CalledVia*', 'kms:EncryptionContext:*', 'kms:EncryptionContextKeys'), 'message': 'Lets its holder give anyone the use of the key by a grant; ask for kms:GrantIsForAWSResource, so that only services make grants for their own resources.'},),
    'LP326': ({'actions': ('lambda:AddPermission',), 'without_conditions': ('lambda:Principal',), 'message': 'Lets its holder open the function to anyone; name the services that may call it in a condition on lambda:Principal.'},),
    'LP327': ({'actions': ('sts:AssumeRole',), 'reach': ('every',), 'without_conditions': ('iam:ResourceTag/*', 'aws:ResourceTag/*', 'sts:ExternalId', 'aws:CalledVia*'), 'at': 'resource', 'message': 'Lets its holder assume every role that trusts the account; name the roles.'},),
}
