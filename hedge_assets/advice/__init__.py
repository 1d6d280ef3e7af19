"""What scores and suggestions are reasoned from: evidence in, bounded opinions out."""
