"""Portals as data: each blueprint is a folder, each world a file. No blueprint needs a line of Python."""
