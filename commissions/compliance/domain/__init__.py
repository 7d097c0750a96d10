"""What the law says about paying people who bring sales, and how a brand's figures stand to it."""
