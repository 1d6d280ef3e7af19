"""What a venue pushes: connections that are kept alive, and what arrives on them in the system's own words.

venue ──▶ socket ──▶ dialect.read ──▶ market (quotes, trades, marks, gaps) ──▶ inbox ──▶ feed
             │                   └──▶ user (orders, trades, account) ──▶ its owner
             └── the door's recorder (every raw message, for playing back)
"""
