"""The routes that start the jobs of a draft. Each answers with the job and with the task that does it."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from algoitny.api.permissions import MayRegister
from algoitny.api.schema import answers
from algoitny.api.strict import read_body
from algoitny.execution.serializers import ProblemNameBody
from algoitny.execution.views import started
from algoitny.jobs import service
from algoitny.jobs.records import Job
from algoitny.jobs.serializers import ExecuteTestCasesBody, InputsBody, StartedJobSerializer


class GenerateTestCases(APIView):
    """Have a script written that prints test inputs."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(
        request=ProblemNameBody, responses=answers(StartedJobSerializer, 400, 401, 403, 404, 409, 413, status=202)
    )
    def post(self, request: Request) -> Response:
        """The job has the script as its generator_code once it is COMPLETED."""
        return _started(service.generate_test_cases(**read_body(request, ProblemNameBody)))


class ExecuteTestCases(APIView):
    """Run the script of a completed job."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(
        request=ExecuteTestCasesBody,
        responses=answers(StartedJobSerializer, 400, 401, 403, 404, 409, 413, 503, status=202),
    )
    def post(self, request: Request) -> Response:
        """The task's result has the inputs that it printed: {"job_id", "inputs": [...]}."""
        return _started(service.execute_test_cases(**read_body(request, ExecuteTestCasesBody)))


class GenerateOutputs(APIView):
    """Run the problem's own solution on inputs."""

    permission_classes: ClassVar = [MayRegister]

    @extend_schema(
        request=InputsBody,
        responses=answers(StartedJobSerializer, 400, 401, 403, 404, 409, 413, 503, status=202),
    )
    def post(self, request: Request) -> Response:
        """The task's result: {"job_id", "cases": [{"input", "output"}], "errors": [{"index", "error"}]}."""
        return _started(service.generate_outputs(**read_body(request, InputsBody)))


def _started(job: Job) -> Response:
    return started(job.task_id, job_id=job.id)
