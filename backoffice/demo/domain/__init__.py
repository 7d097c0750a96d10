"""Half a year of a made-up brand: who joins, who shares, who looks, who buys. The same random numbers and the same day
give the same half-year."""
