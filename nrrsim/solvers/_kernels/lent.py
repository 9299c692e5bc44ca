"""Arrays without the count of who holds them.

numba counts the owners of each array atomically whenever a function is called with it, and a tuple of forty arrays
pays forty times: more than the arithmetic of a small network. A kernel that Python calls gets arrays which Python holds
until it returns; it lends them to all that it calls.
"""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np.arrayobj import make_array

_SHAPE = ("data", "nitems", "itemsize", "shape", "strides")


@intrinsic
def lent(_: Any, held: Any) -> Any:
    """The same array, or named tuple of arrays, uncounted.

    Whoever lends must hold it: arguments of a kernel that Python calls are held, arrays that the kernel makes are freed
    after their last use, lent or not.
    """
    if not isinstance(held, types.Array | types.BaseNamedTuple):
        return None

    def uncounted(context: Any, builder: Any, array: Any, value: Any) -> Any:
        given, answer = (make_array(array)(context, builder, *start) for start in ((value,), ()))
        for name in _SHAPE:
            setattr(answer, name, getattr(given, name))
        for owner in ("meminfo", "parent"):
            setattr(answer, owner, cgutils.get_null_value(getattr(given, owner).type))
        return answer._getvalue()  # the only way that numba has

    def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
        if isinstance(held, types.Array):
            return uncounted(context, builder, held, values[0])
        parts = zip(held.types, cgutils.unpack_tuple(builder, values[0]), strict=True)
        return context.make_tuple(builder, held, [uncounted(context, builder, array, part) for array, part in parts])

    return held(held), code
