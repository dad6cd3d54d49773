"""How dangerous and how common actions are, and what follows from it."""
