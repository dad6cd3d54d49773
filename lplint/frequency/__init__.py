"""How often an organisation's own people and programs use each action, as its CloudTrail logs tell."""
