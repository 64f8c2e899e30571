"""The numbers of the prose, made again from inputs that are changed on purpose.

The numbers are made in groups. A group is made once for each change of its inputs, whichever of its
numbers is asked about, and only inputs that the group reads are changed: so all numbers of a report
can be traced in the time that some of them would take one by one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fij_eval import settings
from fij_eval.errors import FijError
from fij_eval.review import sensitivity

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from pathlib import Path

    import pandas as pd

    from fij_eval.settings import Language, Parts


class _Watched(Mapping[str, "pd.DataFrame"]):
    """Frames that remember which of them were asked for."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self._frames = frames
        self.read: set[str] = set()

    def __getitem__(self, key: str) -> pd.DataFrame:
        self.read.add(key)
        return self._frames[key]

    def __iter__(self) -> Iterator[str]:
        self.read |= set(self._frames)
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


@dataclass(frozen=True, slots=True)
class Behind:
    """What a number changes with.

    Attributes:
        value: The number, made now.
        records: Input -> positions of its records.
        tables: Input -> names of its columns, possibly none although the table is used.
        truth: Whether it changes with the simulated truth.
        settings: Keys of the settings.
    """

    value: str
    records: Mapping[str, tuple[int, ...]]
    tables: Mapping[str, tuple[str, ...]]
    truth: bool
    settings: tuple[str, ...]

    @property
    def inputs(self) -> list[str]:
        """Inputs that it changes with."""
        return [*self.records, *self.tables, *(["truth"] if self.truth else [])]


class Trials:
    """The numbers of a language, made again and again.

    Args:
        language: Language of the numbers.
        inputs: Key -> file of all that they are made from.
        parts: The settings that they are made with, as plain values.
    """

    def __init__(
        self, language: Language, inputs: Mapping[str, Path], parts: Mapping[str, Any]
    ) -> None:
        from fij_eval.report import numbers
        from fij_eval.report.making import read_inputs

        self._language = language
        self._parts = settings.parts(settings.as_json(parts))
        self._other_settings = list(_possible(sensitivity.other_settings(parts)))
        self.frames = read_inputs(inputs, numbers.INPUTS, "numbers")
        truth = inputs.get("truth")
        self._truth = None if truth is None else json.loads(truth.read_text(encoding="utf-8"))
        self._known: dict[Hashable, dict[str, str] | None] = {}
        self._reads: list[set[str]] = []
        self._groups: list[dict[str, str]] = []
        for position in range(len(self._makers(self.frames))):
            watched = _Watched(self.frames)
            self._groups.append(self._group(position, frames=watched) or {})
            self._reads.append(watched.read)

    @property
    def values(self) -> dict[str, str]:
        """All numbers, made now."""
        return {key: value for group in self._groups for key, value in group.items()}

    def rests_on(self, key: str) -> list[str]:
        """Inputs and settings that a number changes with, each input changed as a whole: quick."""
        found = []
        for position, group in enumerate(self._groups):
            if key not in group:
                continue
            for given in sorted(self._reads[position]):
                made, frame = self._with(key, position, given), self.frames[given]
                if any(made(c) != group[key] for c in sensitivity.as_a_whole(given, frame)):
                    found.append(given)
            if self._truth is not None and self._without_truth(key, position) != group[key]:
                found.append("truth")
            found += self._settings_behind(key, position, group[key])
            break
        return found

    def behind(self, key: str) -> Behind | None:
        """What a number changes with; nothing if no such number is made."""
        for position, group in enumerate(self._groups):
            if key in group:
                return self._behind(key, position, group[key])
        return None

    def _behind(self, key: str, position: int, value: str) -> Behind:
        records: dict[str, tuple[int, ...]] = {}
        tables: dict[str, tuple[str, ...]] = {}
        for given in self.frames:
            if given not in self._reads[position]:
                continue
            frame, made = self.frames[given], self._with(key, position, given)
            if given.startswith("estimates_"):
                if rows := sensitivity.rows_behind(frame, made, value):
                    records[given] = tuple(rows)
            elif (columns := sensitivity.columns_behind(frame, made, value)) is not None:
                tables[given] = tuple(columns)
        return Behind(
            value=value,
            records=records,
            tables=tables,
            truth=self._truth is not None and self._without_truth(key, position) != value,
            settings=tuple(self._settings_behind(key, position, value)),
        )

    def _without_truth(self, key: str, position: int) -> str:
        return self._value(key, position, "truth", truth={"effects": []})

    def _with(self, key: str, position: int, given: str) -> Callable[[sensitivity.Change], str]:
        """The number from a changed frame in an input's place."""

        def made(change: sensitivity.Change) -> str:
            name = (given, change.name)
            if (position, name) in self._known:
                return self._value(key, position, name)
            return self._value(key, position, name, frames={**self.frames, given: change.frame()})

        return made

    def _settings_behind(self, key: str, position: int, value: str) -> Iterator[str]:
        """Keys of the settings that the number changes with, each once."""
        found = set()
        for number, (setting, parts) in enumerate(self._other_settings):
            if setting in found:
                continue
            made = self._value(key, position, ("settings", number), parts=parts)
            if made not in (value, sensitivity.FAILED):
                found.add(setting)
                yield setting

    def _value(self, key: str, position: int, name: Hashable, **changed: Any) -> str:  # noqa: ANN401 -- what _makers takes
        """A number of a group from changed inputs; ``FAILED`` if it cannot be made from them."""
        if (position, name) not in self._known:
            self._known[position, name] = self._group(position, **changed)
        return (self._known[position, name] or {}).get(key, sensitivity.FAILED)

    def _group(self, position: int, **changed: Any) -> dict[str, str] | None:  # noqa: ANN401 -- likewise
        """All numbers of a group; nothing if it cannot be made from the inputs."""
        try:
            return self._makers(**changed)[position]()
        except Exception:  # noqa: BLE001 -- broken on purpose: whatever it raises, it uses the input
            return None

    def _makers(
        self,
        frames: Mapping[str, pd.DataFrame] | None = None,
        parts: Parts | None = None,
        truth: Mapping[str, Any] | None = None,
    ) -> tuple[Callable[[], dict[str, str]], ...]:
        from fij_eval.report import numbers

        return numbers.makers(
            self._language,
            self.frames if frames is None else frames,
            settings=self._parts if parts is None else parts,
            truth=self._truth if truth is None else truth,
        )


def _possible(
    changes: Iterable[tuple[str, Mapping[str, object]]],
) -> Iterator[tuple[str, Parts]]:
    """The settings that can be; from others nothing is learnt."""
    for key, content in changes:
        try:
            yield key, settings.parts(settings.as_json(content))
        except FijError:
            continue
