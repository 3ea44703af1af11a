"""The routes of tasks and of registration."""

from algoitny.jobs.views.drafts import Drafts, RegisterProblem, Save
from algoitny.jobs.views.jobs import JobDetail, JobList
from algoitny.jobs.views.starting import ExecuteTestCases, GenerateOutputs, GenerateTestCases
from algoitny.jobs.views.tasks import TaskStatus

__all__ = [
    "Drafts",
    "ExecuteTestCases",
    "GenerateOutputs",
    "GenerateTestCases",
    "JobDetail",
    "JobList",
    "RegisterProblem",
    "Save",
    "TaskStatus",
]
