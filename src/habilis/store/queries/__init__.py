"""What the screens read: small frozen records, never models."""
