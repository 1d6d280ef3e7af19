"""A simulated venue's pure parts: what a real one does with an order, as values and small machines.

    paper.py ──▶ requests   travel time, drawn from each order's id
                 pit        where orders meet quotes and trades ──▶ matching, rules, notices
                 clearing   money: fills, fees, funding, margin ──▶ books, margin, statement

`state` holds everything that survives a restart; `exact` is where floats become decimals. No clock, no chance.
"""
