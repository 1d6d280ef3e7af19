"""The mirror: state files copied to where others may read them, within a quota, and nothing of the desk waiting for it.

state files ─▶ due (what changed, what is affordable) ─▶ push(batch) ─▶ a sink (Firestore, object storage, a folder)
     ▲                                                                        │
     └──────────── `hedge mirror verify` reads back and compares ◀────────────┘
"""
