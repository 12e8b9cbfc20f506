# SPDX-License-Identifier: Apache-2.0
"""A checker's numbers beside a program's own, for prometheus_client.

    prometheus_client.REGISTRY.register(CheckerCollector(checker))
"""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from .checker import Checker
from .metrics import families


class CheckerCollector(Collector):
    """Gives a registry what :meth:`Checker.metrics` has; nothing once the checker is closed.

    A checker that was made before a fork counts for all processes together: have one of them scraped, without
    prometheus_client's own mode for several processes.
    """

    def __init__(self, checker: Checker) -> None:
        if not isinstance(checker, Checker):
            raise TypeError(f"checker must be a Checker, not {type(checker).__name__}")
        self._checker = checker

    def collect(self) -> Iterator[Metric]:
        try:
            reference = self._checker._open()
        except ValueError:
            return
        for family in families(reference):
            metric = Metric(family.name.removesuffix("_total"), family.help, family.kind)
            for values, number in family.samples:
                metric.add_sample(family.name, dict(zip(family.labels, values)), number)
            yield metric
