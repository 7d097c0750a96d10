// In the place of Unfold's: 14 kB that let rows be dragged, which no list of ours does.
