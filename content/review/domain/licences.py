"""The licence of a brand that wrote none of its own."""

from foundation.texts.messages import Message

LICENCE = Message(
    "The text and the pictures are my own, and nobody else has rights in them; who can be recognised in them agrees. "
    "What I say of a product I have seen myself, and it is true. "
    "I keep all rights. Without being paid for it, I allow the brand to keep, change in form and shorten what I submit, "
    "and to hand it to the members of its programme, who share it with the mark of advertising "
    "on the channels that the brand chooses. My name stands beside it. "
    "The brand may decline it, and stop sharing it at any time. When I ask for it, the brand shares it no more; what was shared before stays where it is."
)
"""What a KOC agrees to who submits own content: no exclusive rights, no pay, and it ends when asked."""
