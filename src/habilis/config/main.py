"""The console script."""


def main() -> None:
    """Run one command."""
