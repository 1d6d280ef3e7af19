"""What the pipeline that does not trade would have done, kept beside what the live one did."""
