"""What scripts/ writes."""
