"""What a set of statements allows."""
