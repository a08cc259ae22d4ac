"""Training of the sentence tagger that chartgap runs beside its rules."""
