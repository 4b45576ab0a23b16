# The programs; each is one file that wires modules together.
