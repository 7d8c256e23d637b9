from . import flight as flight
from . import levers as levers
from . import supply as supply
