"""Many changes in one run: with a journal, at the service's own speed."""

from __future__ import annotations

import os
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, Union

from . import _core
from ._errors import Error, error
from ._model import Target, Value, ValueType, entry, json_value, names, table_json, target_json
from ._show import Rows, html_table

# A group of changes is handed over at once; what comes slowly is handed over as it comes.
_GROUP = 500
_SLOW_SECONDS = 0.1
_STOP_SECONDS = 0.45


class Change(NamedTuple):
    """One change of one target, made by :meth:`set`, :meth:`edit` or :meth:`remove`.

    Attributes:
        target: Who it is about.
        op: The operation of the core.
        params: Its parameters, without the target.

    >>> client.bulk([
    ...     entra_csa.Change.set("joe@contoso.com", "Engineering.NumVendors", 4),
    ...     entra_csa.Change.edit("joe@contoso.com", "Engineering.Project", add="Cascade"),
    ...     entra_csa.Change.remove("joe@contoso.com", attribute_set="Marketing"),
    ... ]).changed
    3
    """

    target: Target
    op: str
    params: Mapping[str, Any]

    @classmethod
    def set(
        cls,
        target: Target,
        attribute: str | Mapping[str, Value] | None = None,
        value: Value | None = None,
        *,
        type: ValueType | None = None,
        custom_security_attributes: Mapping[str, Any] | None = None,
        skip_definition_check: bool = False,
    ) -> Change:
        """Assigns values; the arguments are those of :meth:`Client.set`.

        >>> change = entra_csa.Change.set("joe@contoso.com", {"Engineering.NumVendors": 4, "Engineering.Certification": True})
        """
        params: dict[str, Any] = {"skipDefinitionCheck": skip_definition_check}
        if custom_security_attributes is not None:
            if attribute is not None:
                raise TypeError("give attribute or custom_security_attributes, not both")
            params["customSecurityAttributes"] = table_json(custom_security_attributes)
        elif isinstance(attribute, Mapping):
            params["values"] = [entry(name, given, type) for name, given in attribute.items()]
        elif attribute is not None:
            params["values"] = [entry(attribute, value, type)]
        return cls(target, "assignment.set", params)

    @classmethod
    def edit(
        cls, target: Target, attribute: str, *, add: Value | None = None, remove: Value | None = None, skip_definition_check: bool = False
    ) -> Change:
        """Adds single values to a collection, or takes them out; the arguments are those of :meth:`Client.set`.

        >>> change = entra_csa.Change.edit("joe@contoso.com", "Engineering.Project", add="Cascade", remove="Baker")
        """
        params: dict[str, Any] = {"attribute": attribute, "skipDefinitionCheck": skip_definition_check}
        params.update({name: json_value(given) for name, given in (("add", add), ("remove", remove)) if given is not None})
        return cls(target, "assignment.edit", params)

    @classmethod
    def remove(
        cls,
        target: Target,
        attribute: str | Iterable[str] | None = None,
        *,
        attribute_set: str | Iterable[str] | None = None,
        all: bool = False,
    ) -> Change:
        """Takes assignments away; the arguments are those of :meth:`Client.remove`.

        >>> change = entra_csa.Change.remove("joe@contoso.com", all=True)
        """
        params: dict[str, Any] = {"all": all}
        if attribute is not None:
            params["attributes"] = [{"attribute": name} for name in names(attribute)]
        if attribute_set is not None:
            params["attributeSets"] = names(attribute_set)
        return cls(target, "assignment.remove", params)


AnyChange = Union[Change, "tuple[Target, Mapping[str, Value]]"]
"""A :class:`Change`, or a pair of a target and a table from attributes to values, which are set.

>>> change: entra_csa.AnyChange = ("joe@contoso.com", {"Engineering.NumVendors": 4})
"""


class Failure(NamedTuple):
    """A change that failed.

    Attributes:
        change: What was given; None for a change that only the journal knows.
        error: Why.

    >>> (failure,) = client.bulk([("nobody@contoso.com", {"Engineering.NumVendors": 4})]).failures
    >>> failure.change[0], failure.error.code
    ('nobody@contoso.com', 'notFound')
    """

    change: AnyChange | None
    error: Error

    def _cells(self) -> dict[str, Any]:
        told = self.error
        return {"target": told.target, "attribute": told.attribute, "code": told.code, "message": told.message, "hint": told.hint}


class Progress(NamedTuple):
    """How far a run is.

    Attributes:
        done: Changes that are done, failed ones too.
        failed: Changes that failed.
        taken: Changes that have come.
        input_ended: Whether these are all.
        per_second: Changes done a second, lately.
        seconds_left: Seconds until all are done, by the service's quota and what was seen; None: can't be told yet.
        waiting_seconds: Seconds for which the service asked to wait, if it did.

    >>> def show(progress):
    ...     if progress.input_ended and progress.done == progress.taken:
    ...         print(progress.done, "done,", progress.failed, "failed")
    >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], progress=show)
    1 done, 0 failed
    """

    done: int
    failed: int
    taken: int
    input_ended: bool
    per_second: float
    seconds_left: float | None
    waiting_seconds: float | None


class Summary(NamedTuple):
    """What a run did.

    Attributes:
        changes: Changes that came.
        changed: Written, or put back.
        unchanged: There already.
        failed: Not made.
        skipped: Confirmed by an earlier run with this journal.
        unsent: Not begun when it was stopped.
        unknown: Sent, and without an answer when it was stopped.
        retried: Requests sent again, each item of a batch for itself.
        requests: HTTP requests; a batch is one.
        seconds_waited: Seconds for which the service asked to wait.
        seconds: Seconds it took.
        journal: Its journal, if it has one.
        failures: The changes that failed, with the reasons.

    >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 8})], skip_unchanged=True)
    >>> done.changed, done.unchanged, done.failed
    (0, 1, 0)
    """

    changes: int
    changed: int
    unchanged: int
    failed: int
    skipped: int
    unsent: int
    unknown: int
    retried: int
    requests: int
    seconds_waited: float
    seconds: float
    journal: str | None
    failures: Rows[Failure]

    def _repr_html_(self) -> str:
        title = f"{self.changed + self.unchanged + self.skipped} of {self.changes} changes are made, {self.failed} failed"
        told = html_table([self], title)
        return told + html_table(self.failures, "failures") if self.failures else told

    def _cells(self) -> dict[str, Any]:
        return {name: value for name, value in self._asdict().items() if name != "failures"}


class Run(NamedTuple):
    """A run of which there is a journal.

    Attributes:
        started: When it began (RFC 3339).
        state: ``running``, ``complete``, ``unfinished``, ``inputCutOff`` (unfinished, and part of its input never came) or
            ``undone``.
        changes: Changes that came.
        changed: Written.
        unchanged: There already.
        failed: Not made.
        left: Neither confirmed nor failed.
        undone: Put back.
        command: What began it, or None.
        graph_uri: Where it goes to.
        keep_previous: Whether it can be undone.
        journal: The file.

    >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], journal="run.jsonl")
    >>> client.runs(["run.jsonl"])[0].state
    'complete'
    """

    started: str
    state: str
    changes: int
    changed: int
    unchanged: int
    failed: int
    left: int
    undone: int
    command: str | None
    graph_uri: str
    keep_previous: bool
    journal: str


class Plan(NamedTuple):
    """What would be written to a target.

    Attributes:
        target: Who it is.
        change: What would be written, in words.

    >>> done = client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], journal="run.jsonl", keep_previous=True)
    >>> client.plan_undo("run.jsonl")[0]
    Plan(target='joe@contoso.com', change='Engineering.NumVendors from 4 to 8')
    """

    target: str
    change: str


class Outcome(NamedTuple):
    """What became of one change.

    Attributes:
        change: What was given.
        attributes: The full names of what was written.
        error: Why it failed.
    """

    change: AnyChange | None
    attributes: list[str]
    error: Error | None


Report = Union[bool, Callable[[Progress], None]]
"""Who is told how far a run is: a function, or with True a progress bar (``tqdm`` where it is installed).

>>> report: entra_csa.Report = lambda progress: print(progress.done, "of", progress.taken)
"""


def run(
    client: int,
    operation: str,
    options: dict[str, Any],
    changes: Iterable[AnyChange] | None,
    report: Report | None,
    tell: Callable[[Outcome], None] | None = None,
) -> Summary:
    """Runs many changes to their end. ``tell`` hears of each one.

    Raises:
        Error: The run as a whole failed.
    """
    return _Run(client, operation, options, _bar(report) if report is True else report or None, tell).complete(changes)


class _Run:
    def __init__(
        self,
        client: int,
        operation: str,
        options: dict[str, Any],
        report: Callable[[Progress], None] | None,
        tell: Callable[[Outcome], None] | None,
    ) -> None:
        self._client = client
        self._operation = operation
        self._options = options
        self._report = report
        self._tell = tell
        self._call: _core.Call | None = None
        self._id = ""
        self._given: dict[int, AnyChange] = {}
        self._freed = 0
        self._next = 0
        self._failures: Rows[Failure] = Rows()
        self._summary: dict[str, Any] | None = None

    def complete(self, changes: Iterable[AnyChange] | None) -> Summary:
        try:
            if changes is None:
                self._start([])
            else:
                # A group that is shorter than the others is the last one.
                for group, is_last in _groups(changes):
                    self._send(group, is_last)
                if self._call is None:
                    self._send([], True)
            while not self._ended():
                self._receive(_core.POLL_MS)
        except BaseException:
            self._stop()
            raise
        finally:
            if self._call is not None:
                self._call.close()
        return self._told()

    def _ended(self) -> bool:
        return self._call is None or self._call.ended

    def _send(self, group: list[AnyChange], is_last: bool) -> None:
        entries = []
        for change in group:
            entry = _entry(change)
            try:
                _core.encoded({"params": entry["params"]})
            except Error as failure:
                self._fail(change, failure)
                continue
            entries.append(entry)
            self._given[self._next] = change
            self._next += 1
        if self._call is None:
            self._start(entries, is_last)
            return
        if entries:
            self._command("bulk.add", {"run": self._id, "changes": entries})
        if is_last and not self._ended():
            self._command("bulk.end", {"run": self._id})

    def _start(self, entries: list[dict[str, Any]], complete: bool = True) -> None:
        # A word about each change is for those who listen.
        options = {**self._options, "results": self._tell is not None or _core.logger() is not None}
        if self._operation == "bulk.start":
            options.update({"changes": entries, "complete": complete})
        self._call = _core.Call(self._client, self._operation, options)
        while not self._id and not self._ended():
            self._receive(_core.POLL_MS)

    def _command(self, operation: str, params: Mapping[str, Any]) -> None:
        # What comes back has to be taken while this waits: the run does not go on with its hands full.
        call = _core.Call(self._client, operation, params)
        try:
            while not call.ended and not self._ended():
                call.next(20)
                self._receive(0)
        finally:
            call.close()

    def _receive(self, milliseconds: int) -> None:
        call = self._call
        while call is not None and not call.ended:
            item = call.next(milliseconds)
            if item is None:
                return
            milliseconds = 0
            self._take(item)

    def _take(self, item: dict[str, Any]) -> None:
        kind = item["kind"]
        if kind == "run":
            self._id = item["run"]
        elif kind == "summary":
            self._summary = item
        elif kind == "error":
            self._fail(self._given.get(item.get("change", -1)), error(item["error"]))
        elif kind == "log" and item["level"] == "warning":
            warnings.warn(item["message"], stacklevel=7)
        elif kind == "result":
            _core.log(item)
            if self._tell is not None:
                self._tell(Outcome(self._given.get(item["change"]), item["attributes"], None))
        elif kind == "progress":
            while self._freed < item["doneBefore"]:
                self._given.pop(self._freed, None)
                self._freed += 1
            if self._report is not None:
                self._report(
                    Progress(
                        item["done"],
                        item["failed"],
                        item["taken"],
                        item["inputEnded"],
                        item["perSecond"],
                        item["secondsLeft"],
                        item["waitingSeconds"],
                    )
                )

    def _fail(self, change: AnyChange | None, failure: Error) -> None:
        self._failures.append(Failure(change, failure))
        if self._tell is not None:
            self._tell(Outcome(change, [], failure))

    def _stop(self) -> None:
        call = self._call
        if call is None or call.ended:
            return
        try:
            until = time.monotonic() + _STOP_SECONDS
            stop = _core.Call(self._client, "bulk.stop", {"run": self._id})
            while not stop.ended and time.monotonic() < until:
                stop.next(20)
            stop.close()
            while self._summary is None and not call.ended and time.monotonic() < until:
                item = call.next(50)
                if item is not None and item["kind"] == "summary":
                    self._summary = item
        except Error:
            return
        if self._summary is not None:
            warnings.warn(_stopped(self._summary), stacklevel=6)

    def _told(self) -> Summary:
        done = self._summary
        if done is None:
            raise error({"code": "internal", "message": "the run ended without a summary", "hint": "please report this"})
        if self._report is not None:
            self._report(Progress(done["changes"] - done["unsent"], done["failed"], done["changes"], True, 0.0, 0.0, None))
        return Summary(
            done["changes"],
            done["changed"],
            done["unchanged"],
            len(self._failures),
            done["skipped"],
            done["unsent"],
            done["unknown"],
            done["retried"],
            done["requests"],
            done["secondsWaited"],
            done["seconds"],
            done["journal"],
            self._failures,
        )


def _entry(change: AnyChange) -> dict[str, Any]:
    if not isinstance(change, Change):
        target, values = change
        change = Change.set(target, values)
    return {"op": change.op, "params": {"targets": [target_json(change.target)], **change.params}}


def _groups(changes: Iterable[AnyChange]) -> Iterator[tuple[list[AnyChange], bool]]:
    group: list[AnyChange] = []
    begun = time.monotonic()
    for change in changes:
        if len(group) == _GROUP or (group and _SLOW_SECONDS < time.monotonic() - begun):
            yield group, False
            group, begun = [], time.monotonic()
        group.append(change)
    yield group, True


def _stopped(done: Mapping[str, Any]) -> str:
    made = done["changed"] + done["unchanged"] + done["skipped"]
    text = f"stopped: {made} of {done['changes']} changes are made, {done['failed']} failed, {done['unsent']} were not sent"
    if done["unknown"]:
        text += f", {done['unknown']} were sent and not answered yet"
    if done["journal"]:
        return f"{text}. Go on with: client.resume({done['journal']!r})"
    return f"{text}. There is no journal to go on with."


def _bar(report: Report) -> Callable[[Progress], None]:
    from importlib import import_module

    try:
        bar = import_module("tqdm.auto").tqdm(unit=" changes")
    except ImportError:
        return _line

    def show(progress: Progress) -> None:
        bar.total = progress.taken
        bar.n = progress.done
        waiting = f", waiting {progress.waiting_seconds:.0f} s: service asked to slow down" if progress.waiting_seconds else ""
        bar.set_postfix_str(f"{progress.failed} failed{waiting}", refresh=False)
        bar.refresh()
        if progress.input_ended and progress.done >= progress.taken:
            bar.close()

    return show


def _line(progress: Progress) -> None:
    waiting = f", waiting {progress.waiting_seconds:.0f} s: service asked to slow down" if progress.waiting_seconds else ""
    left = f", {progress.seconds_left:.0f} s left" if progress.seconds_left else ""
    end = "\n" if progress.input_ended and progress.done >= progress.taken else ""
    sys.stderr.write(f"\r{progress.done} of {progress.taken} done, {progress.failed} failed, {progress.per_second:.1f} a second{left}{waiting}   {end}")
    sys.stderr.flush()


def journal_path(journal: str | os.PathLike[str]) -> str:
    """A journal as the core takes it: from the root, since its folder may change meanwhile."""
    return os.path.abspath(os.fspath(journal))


def options(
    command: str, journal: str | os.PathLike[str] | bool | None, keep_previous: bool, skip_unchanged: bool, quota_share: float
) -> dict[str, Any]:
    """The options of a run, in the form of the core. ``journal``: None: where one is worthwhile; False: none."""
    given: dict[str, Any] = {
        "keepPrevious": keep_previous,
        "skipUnchanged": skip_unchanged,
        "quotaShare": quota_share,
        "autoJournal": journal is None or journal is True,
        "command": command,
    }
    if journal is not None and not isinstance(journal, bool):
        given["journal"] = journal_path(journal)
    return given
