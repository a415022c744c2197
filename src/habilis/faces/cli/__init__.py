"""The command line: the publisher's face, and the fastest way to ask the engine a question."""
