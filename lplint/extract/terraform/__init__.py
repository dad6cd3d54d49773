"""Policies in Terraform: a module directory is evaluated, as far as its text allows."""
