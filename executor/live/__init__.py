"""Runs an executor on a real venue: every start is a recovery, every minute a comparison, and brakes that stop new risk by themselves."""
