"""Local operations that misbehave, each in the module of an operation's name."""
