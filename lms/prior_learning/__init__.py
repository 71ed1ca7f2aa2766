"""Recognition of prior learning: what somebody learned elsewhere, submitted, and confirmed by an assessor."""
