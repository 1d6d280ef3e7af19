"""Binance USD-M futures on one loopback port: what it answers, how it fails, and the truth about what it accepted.

client ──TLS──▶ server ──faults──▶ rest_* ──▶ checks ──▶ matching ──▶ oracle
                  └──▶ streams ◀── events ◀───────────────┘   ▲
                                                market ───────┘
"""
