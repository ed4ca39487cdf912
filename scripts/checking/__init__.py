"""What check.py is made of: the arguments of its target, what it prints, and the exercises."""
