"""What a reviewer asks: do two builds agree, where is a number from, does this tree rebuild it."""
