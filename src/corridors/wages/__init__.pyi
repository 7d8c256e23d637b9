from . import contracts as contracts
from . import employers as employers
from . import levers as levers
from . import production as production
from . import spillovers as spillovers
from . import unemployment as unemployment
