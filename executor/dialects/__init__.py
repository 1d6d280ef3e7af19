"""How venues are spoken to, one file each; `--exchange ccxt:NAME` names it. A file exports `DIALECT`; `unified` speaks for every venue
without a file of its own, as far as ccxt's unified calls reach."""
