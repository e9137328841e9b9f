"""Exports of other shop systems: a table of columns each, and how their rows become rows of Plaza's own format."""
