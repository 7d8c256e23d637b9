from . import accounts as accounts
from . import levers as levers
from . import remittances as remittances
