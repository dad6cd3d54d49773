"""What lplint prints: pure functions from a Report to text."""
