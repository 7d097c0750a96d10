"""From orders to the bank: what each step came to, and where two steps do not say the same."""
