from . import choice as choice
from . import demography as demography
from . import levers as levers
from . import occupied as occupied
from . import poverty as poverty
from . import stocks as stocks
