"""A draft plan over past sales: what they would have cost under it, beside what they did cost."""
