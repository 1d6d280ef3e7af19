"""The watch: one process beside Dagster that looks, remembers incidents, tells people, and is scraped.

keeper (looks twice a second) ─▶ health.docket (what opened, what closed) ─▶ alerts (whom to tell) ─▶ channels (telling)
"""
