from . import admission as admission
from . import levers as levers
from . import quotas as quotas
from . import status as status
