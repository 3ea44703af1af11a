"""The routes of experiments: for everybody, what they see; for staff, what decides it."""

from algoitny.experiments.views.deciding import Assign, Evaluate, Track
from algoitny.experiments.views.experiments import (
    ExperimentAssignments,
    ExperimentConversions,
    ExperimentDetail,
    ExperimentList,
    ExperimentStatus,
)
from algoitny.experiments.views.flags import FlagDetail, FlagList
from algoitny.experiments.views.overrides import OverrideDetail, OverrideList

__all__ = [
    "Assign",
    "Evaluate",
    "ExperimentAssignments",
    "ExperimentConversions",
    "ExperimentDetail",
    "ExperimentList",
    "ExperimentStatus",
    "FlagDetail",
    "FlagList",
    "OverrideDetail",
    "OverrideList",
    "Track",
]
