"""Partnership work that people describe, and that whoever they reported to then attests."""
