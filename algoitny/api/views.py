"""The view of what is not there, so that an unknown route answers as the rest of the interface does."""

from typing import NoReturn

from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.views import APIView


class NothingHere(APIView):
    def initial(self, request: Request, *_args: object, **_kwargs: object) -> NoReturn:
        """Raised here rather than in get(), so that every method is answered with 404 and not with 405."""
        raise NotFound(f"There is no route {request.path}.")
