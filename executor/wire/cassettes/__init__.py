"""What passed between an executor and its venue, kept word for word without a secret, and played again as a feed or as the venue.

door ─▶ recorder ─▶ (a line that is bounded) ─▶ keeper: hides secrets, writes files, prunes them      files ─▶ reading ─▶ playing ─▶ door
"""
