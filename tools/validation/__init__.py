"""Forecasts of the model beside what came, one module for each kind of comparison."""
