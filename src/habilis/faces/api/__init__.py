"""Machine faces over the workflows, sharing one way to authenticate and to fail."""
