"""Heart values and records as sentences, texts and pictograms, in the person's language."""
