"""CloudFormation templates, and what becomes one: SAM."""
