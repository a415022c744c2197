"""What templates say in a word."""
