"""From intent to plan: pure. No clock, disk, network or chance; the same code runs live and in the shadow."""
