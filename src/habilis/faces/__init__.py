"""Three faces over the same workflows: pages, machines, terminal. They are strangers to each other."""
