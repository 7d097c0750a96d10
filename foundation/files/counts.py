"""Counts in the closing lines of commands."""


def counted(number: int, noun: str) -> str:
    """`1 statement`, `2 statements`, `0 statements`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
