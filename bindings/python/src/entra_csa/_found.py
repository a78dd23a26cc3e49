"""What a filter finds: an iterator, and a table for pandas, polars or pyarrow."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union

from . import _core
from ._model import FoundServicePrincipal, User, names
from ._show import html_of

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

F = TypeVar("F", bound=Union[User, FoundServicePrincipal])

# What a notebook shows without being asked for more.
_PREVIEW = 10


class Found(Generic[F]):
    """Users or service principals that a filter finds: an iterator that reads page by page, and the source of DataFrames.

    Nothing is sent before the first is asked for. Closing it, by :meth:`close`, ``with`` or by dropping it, ends the request.
    A DataFrame is of everything that the filter finds, whatever was taken from the iterator.

    >>> with client.users.find(attr("Engineering.Certification") == True) as found:
    ...     next(found).display_name
    'Erik Sync'

    Source: https://learn.microsoft.com/graph/paging
    """

    def __init__(self, handle: int, operation: str, params: Mapping[str, Any], make: Callable[[Mapping[str, Any]], F]) -> None:
        self._handle = handle
        self._operation = operation
        self._params = params
        self._make = make
        self._items = _core.Items(handle, operation, params)

    def __iter__(self) -> Iterator[F]:
        return self

    def __next__(self) -> F:
        return self._make(next(self._items))

    def at_hand(self, most: int) -> list[F]:
        """The next one, and those that are there without waiting, at most so many; none at the end.

        >>> len(client.users.find(first=3).at_hand(100)) in (1, 2, 3)
        True
        """
        return [self._make(item) for item in self._items.at_hand(most)]

    def __enter__(self) -> Found[F]:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the request. Closing twice does nothing.

        >>> found = client.users.find()
        >>> found.close()
        >>> list(found)
        []
        """
        self._items.close()

    def to_pandas(self, *, wide: bool = False, attributes: str | Iterable[str] | None = None) -> pandas.DataFrame:
        """Reads everything that the filter finds into a pandas DataFrame.

        Long, it has one row for each attribute of each target: ``id``, ``display_name``, ``user_principal_name`` (``app_id``), the
        properties asked for, ``attribute_set``, ``attribute``, ``type`` and ``value``. A value is text there: a number or truth
        value as JSON writes it, a collection as a JSON list; ``type`` says which.

        Wide, it has one row for each target and one column for each attribute that somebody holds, by full name in alphabetical
        order, typed: text, nullable ``Int32``, nullable ``boolean``, or lists. What is not assigned is missing.

        Properties are text; what Graph gives as something else is JSON.

        Args:
            wide: One row for each target.
            attributes: Only these attributes, by name; wide, in this order, and also where nobody holds them.

        Raises:
            ImportError: pandas is not installed. pyarrow is used where it is installed, which is faster.
            UnknownAttributeError: The tenant has no such attribute.
            Error: As iterating.

        >>> frame = client.users.find(attr("Engineering.NumVendors") == 8).to_pandas(wide=True, attributes="Engineering.NumVendors")
        >>> frame[["display_name", "Engineering.NumVendors"]]
          display_name  Engineering.NumVendors
        0          Joe                       8
        """
        from ._frame import pandas_frame

        return pandas_frame(self._handle, self._operation, self._frame_params(wide, attributes))

    def to_polars(self, *, wide: bool = False, attributes: str | Iterable[str] | None = None) -> polars.DataFrame:
        """Reads everything that the filter finds into a polars DataFrame. Takes what :meth:`to_pandas` takes.

        Types are ``String``, ``Int32``, ``Boolean`` and ``List`` of the first two.

        Raises:
            ImportError: polars is not installed.
            Error: As :meth:`to_pandas`.

        >>> client.users.find().to_polars(wide=True)["Engineering.NumVendors"].sum()
        10
        """
        from ._frame import polars_frame

        return polars_frame(self._handle, self._operation, self._frame_params(wide, attributes))

    def to_arrow(self, *, wide: bool = False, attributes: str | Iterable[str] | None = None) -> pyarrow.Table:
        """Reads everything that the filter finds into a pyarrow Table. Takes what :meth:`to_pandas` takes.

        Types are ``string``, ``int32``, ``bool`` and ``list`` of the first two.

        Raises:
            ImportError: pyarrow is not installed.
            Error: As :meth:`to_pandas`.

        >>> client.users.find(attr("Marketing.AppCountry") == "Canada").to_arrow(wide=True).num_rows
        2
        """
        from ._frame import arrow_table

        return arrow_table(self._handle, self._operation, self._frame_params(wide, attributes))

    def __repr__(self) -> str:
        return f"<entra_csa.Found {self._operation}: iterate, or .to_pandas(), .to_polars(), .to_arrow()>"

    def _repr_html_(self) -> str:
        few = {**self._params, "first": min(_PREVIEW, self._params.get("first", _PREVIEW))}
        return html_of(lambda: list(map(self._make, _core.Items(self._handle, self._operation, few))), f"the first {_PREVIEW}")

    def _frame_params(self, wide: bool, attributes: str | Iterable[str] | None) -> dict[str, Any]:
        frame: dict[str, Any] = {"wide": wide}
        if attributes is not None:
            frame["attributes"] = [{"attribute": name} for name in names(attributes)]
        return {**self._params, "frame": frame}
