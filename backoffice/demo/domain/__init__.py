"""Half a year of a made-up brand: newcomers, shares, visits and orders. The same random numbers and the same day give
the same half-year."""
