"""Raw journals on their way from the machine that trades to the one that counts, through object storage, exactly once.

raw/ (the executor's) ─▶ shipper ─▶ sealed segments, parts of the live tail, notes ─▶ receiver ─▶ raw/ (elsewhere): the same bytes
"""
