"""The pages. A view reads input, asks one workflow, presents the answer; nothing is decided here."""
