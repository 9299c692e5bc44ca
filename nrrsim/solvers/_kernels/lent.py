"""Arrays without the count of who holds them.

numba counts the owners of each array atomically whenever a function is called with it, and a tuple of forty arrays
pays forty times: more than the arithmetic of a small network. A kernel that Python calls gets arrays which Python holds
until it returns; it lends them to all that it calls.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar, cast

from numba import types
from numba.core import cgutils as _cgutils
from numba.extending import intrinsic
from numba.np import arrayobj as _arrayobj

llvm: Any = _cgutils  # both without types
arrays: Any = _arrayobj

_SHAPE = ("data", "nitems", "itemsize", "shape", "strides")


Held = TypeVar("Held")


class _Lender(Protocol):
    def __call__(self, held: Held) -> Held:
        """The same array, or named tuple of arrays, uncounted.

        Whoever lends must hold it: arguments of a kernel that Python calls are held, arrays that the kernel makes are
        freed after their last use, lent or not.
        """


def _uncounted(_: Any, held: Any) -> Any:
    """What `lent` compiles to."""
    if not isinstance(held, types.Array | types.BaseNamedTuple):
        return None

    def without_owner(context: Any, builder: Any, array: Any, value: Any) -> Any:
        given, answer = (arrays.make_array(array)(context, builder, *start) for start in ((value,), ()))
        for name in _SHAPE:
            setattr(answer, name, getattr(given, name))
        for owner in ("meminfo", "parent"):
            setattr(answer, owner, llvm.get_null_value(getattr(given, owner).type))
        return answer._getvalue()  # the only way that numba has

    def code(context: Any, builder: Any, _: Any, values: Any) -> Any:
        if isinstance(held, types.Array):
            return without_owner(context, builder, held, values[0])
        kinds: Any = held
        parts = zip(kinds, llvm.unpack_tuple(builder, values[0]), strict=True)
        return context.make_tuple(builder, held, [without_owner(context, builder, kind, part) for kind, part in parts])

    return held(held), code


lent = cast(_Lender, intrinsic(_uncounted))
