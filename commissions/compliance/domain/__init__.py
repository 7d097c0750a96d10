"""The law on paying people who bring sales, and how a brand's figures compare with it."""
