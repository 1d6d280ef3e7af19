"""The journal: framed lines, appended only, one writer; and the way back in.

Journal.append(record) ──▶ buffer ──▶ writer thread ──▶ logs/raw/<stream>/<first seq>-<hour>.jsonl
Journal.commit()        ──▶ waits until all appended is durable       │ sealed, then .jsonl.zst
Follower.read(...)      ◀── records from a saved Cursor ◀─────────────┘
"""
