"""The journal: framed lines, appended only, one writer; and the way back in.

Journals.append(stream, record) ──▶ lane ──▶ writer thread ──▶ logs/raw/<stream>/<first seq>-<hour>.jsonl
Journals.commit()               ──▶ waits until all appended is durable      │ sealed, then .jsonl.zst
Follower.read(limit)            ◀── records after a saved Cursor ◀───────────┘
"""
