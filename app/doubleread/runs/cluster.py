"""Generate a study's answers on the workers of a Dask cluster; this program alone writes the study file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from doubleread.domain.arm import Arm
from doubleread.engine.cluster.cluster import Cluster
from doubleread.engine.cluster.messages import Assignment, ModelWanted
from doubleread.engine.installed import require_cluster
from doubleread.engine.planning.study_plan import Conditions
from doubleread.runs.case_order import prompts_begin_alike
from doubleread.runs.configuration import StudyConfiguration
from doubleread.runs.engine import EngineFactory
from doubleread.runs.engines import arms_with_work, earlier_threads, recorded_wanted, server_factory
from doubleread.store import StudyFile


class ClusterRun:
    """The engines of a study's models on a cluster. A context manager, which ends them.

    `scheduler` is an address, a scheduler file, or `local:N`; `folders` are where the workers look for model files.
    Entering it connects, and raises DoublereadError if there is no scheduler.
    """

    def __init__(
        self,
        study: StudyFile,
        scheduler: str,
        configuration: StudyConfiguration,
        *,
        slots: int | None = None,
        folders: Sequence[Path] = (),
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Find the arms with work; nothing is started. Raises DoublereadError without Dask."""
        require_cluster()
        self._arms = arms_with_work(study)
        self._with_files = tuple((arm, arm.model) for arm in self._arms if arm.model is not None)
        self._study = study
        self._configuration = configuration
        self._conditions = Conditions(
            slots=slots, reproducible=configuration.reproducible, reasoning=study.protocol.reasoning
        )
        self._folders = tuple(str(folder.absolute()) for folder in folders)
        self._wanted = recorded_wanted(study, [arm for arm, _ in self._with_files])
        self._begin_alike = prompts_begin_alike(study)
        self._say = say
        self._cluster = Cluster(
            scheduler,
            tuple(arm.id for arm, _ in self._with_files),
            self._assignment,
            configuration.admit,
            # The threads of the first worker's reproducible answers are those of all.
            one_by_one=configuration.reproducible,
            say=say,
        )

    def __enter__(self) -> Self:
        connection = self._cluster.open()
        if connection.exposed:
            self._say(
                f"warning: cases and answers travel unencrypted to {connection.address}; set up TLS on a network"
                " that others use (docs/how-to/clusters.md)"
            )
        if connection.dashboard:
            self._say(f"dashboard: {connection.dashboard}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._cluster.close()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Remarks on workers that were not used, in sentences."""
        return tuple(self._cluster.remarks)

    def factories(self) -> dict[str, EngineFactory]:
        """Return the factories of the engines, by arm id. Servers are asked by this program."""

        def factory(arm: Arm, name: str) -> EngineFactory:
            if arm.server is not None:
                return server_factory(self._study, arm.server, name, for_batch=True)
            return lambda on_event: self._cluster.engine(arm.id, on_event)

        return {arm.id: factory(arm, f"model {number}") for number, arm in enumerate(self._arms, start=1)}

    def _assignment(self, run_id: str) -> Assignment:
        models = tuple(
            ModelWanted(
                key=arm.id,
                path=model.path,
                sha256=model.sha256,
                file_bytes=int(model.metadata.get("file_bytes", 0)),
                n_ctx=wanted.n_ctx,
                typical_tokens=wanted.typical_tokens,
                chat_template=wanted.chat_template,
                adapters=wanted.adapters,
                threads=earlier_threads(self._configuration, arm.id),
            )
            for (arm, model), wanted in zip(self._with_files, self._wanted, strict=True)
        )
        return Assignment(run_id, models, self._conditions, self._begin_alike, self._folders)
