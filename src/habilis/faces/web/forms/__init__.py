"""What pages ask for, and nothing about who may."""
