"""Terms of a plan that Hypothesis draws."""

from hypothesis import strategies as st

from commissions.plans.domain.rates import Terms

no_amount = st.none()


def make_terms(
    *,
    rate_bps: st.SearchStrategy[int | None] = no_amount,
    fixed_minor: st.SearchStrategy[int | None] = no_amount,
    most_override_bps: int = 10_000,
    most_cap_minor: int = 10**6,
) -> st.SearchStrategy[Terms]:
    """Terms that pay by a rate or a fixed amount, whichever is given, with any override, cap and guard."""
    override_bps, cap_minor = st.integers(0, most_override_bps), st.none() | st.integers(0, most_cap_minor)
    return st.builds(Terms, rate_bps, fixed_minor, override_bps, cap_minor, st.integers(0, 10_000))
