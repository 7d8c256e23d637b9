"""The figures: reference tables in the wheel and the one gate through which they are read."""
