"""Everything that `hedge up` starts, as processes under one supervisor.

programs (what runs) ─▶ supervision (supervisor's configuration, and talking to it) ─▶ course (starting, watching, stopping)
                                                                    └─▶ notes (what others read of it: run/programs.json)
"""
