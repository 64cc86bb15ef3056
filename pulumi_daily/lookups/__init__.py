"""Lookups of existing Daily objects for Pulumi programs (other packages call them functions or data sources).

    import pulumi_daily as daily

    standup = daily.get_room("standup")                       # now; a value that the program knows
    url = daily.get_room_output(config.require("room")).url   # later; an Output

Each lookup has a plain form, which sends its request at once, and an ``_output`` form, which takes inputs that are
known later and returns an ``Output``. Both send requests in every preview and every update. See docs/lookups.md.
"""

from . import _batch_jobs, _domain, _logs, _meetings, _recordings, _rooms, _sip, _telephony
from ._batch_jobs import *  # noqa: F403
from ._domain import *  # noqa: F403
from ._logs import *  # noqa: F403
from ._lookup import ROUTES_USED
from ._meetings import *  # noqa: F403
from ._recordings import *  # noqa: F403
from ._results import Result, Results
from ._rooms import *  # noqa: F403
from ._sip import *  # noqa: F403
from ._telephony import *  # noqa: F403

__all__ = ["ROUTES_USED", "Result", "Results"]
__all__ += _batch_jobs.__all__
__all__ += _domain.__all__
__all__ += _logs.__all__
__all__ += _meetings.__all__
__all__ += _recordings.__all__
__all__ += _rooms.__all__
__all__ += _sip.__all__
__all__ += _telephony.__all__
