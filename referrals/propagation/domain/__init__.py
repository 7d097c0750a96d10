"""How word of mouth travels: whole forests on arrays (`forests`), one cascade as a networkx graph (`graphs`), and what
follows from counts (`curves`)."""
