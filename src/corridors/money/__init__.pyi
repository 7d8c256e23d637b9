from . import accounts as accounts
from . import family as family
from . import levers as levers
from . import remittances as remittances
