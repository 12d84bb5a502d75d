"""``make game``: one thing of a chapter is broken in a stack that stands, and the learner finds and mends it."""
