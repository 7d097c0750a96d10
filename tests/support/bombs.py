"""Short files that expand to very long ones."""


def merge_bomb(levels: int) -> str:
    """YAML of merge keys, each of which brings ten of the level before: a reader that follows them copies 10^(levels -
    1) keys."""
    lines = ["a: &a {x: 1}"]
    for below, above in zip("abcdefghijk", "bcdefghijkl"[: levels - 1], strict=False):
        lines.append(f"{above}: &{above}\n  <<: [{','.join([f'*{below}'] * 10)}]")
    return "\n".join(lines) + "\n"
