"""What a desk with several accounts is as a whole: one file each, made from the state files of its accounts.

A build function's parameters are states of the accounts, each as documents by account (only those that are there and sound), and
`census`, which says who there is and why a document is missing. The files lie in `state/` of the desk's own data root.
"""
