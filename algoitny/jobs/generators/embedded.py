"""The generator that asks nobody: its script varies the example inputs that there are."""

import inspect
from collections.abc import Mapping, Sequence
from typing import Any

from algoitny.jobs.generators import variation
from algoitny.jobs.generators.contract import MAX_INPUTS, GeneratorUnavailable
from algoitny.problems.importing import case_text

SEED = 20250115
_EXAMPLES = 20  # as many as inputs are printed
_UNREADABLE = (ValueError, TypeError, SyntaxError, MemoryError, RecursionError)


class EmbeddedGenerator:
    """The generator behind every ALGOITNY_HINTS but "openai"."""

    def script(  # noqa: PLR0917 - one for each thing that is known of a problem
        self,
        title: str,
        constraints: str,  # noqa: ARG002 - part of the interface, and nothing that can be read without a model
        language: str,  # noqa: ARG002 - the same
        solution_code: str,  # noqa: ARG002 - the same
        metadata: Mapping[str, Any],
        example_inputs: Sequence[str],
    ) -> str:
        text_format = str(metadata.get("input_format", "json")) if metadata.get("entry_point") else "text"
        if not example_inputs:
            raise GeneratorUnavailable(
                "There is no example input to vary. Add a test case or example inputs to the problem first, or set "
                'ALGOITNY_HINTS to "openai" to have a model write the generator.'
            )
        examples = [one for one in example_inputs if _is_readable(one, text_format)][:_EXAMPLES]
        if not examples:
            raise GeneratorUnavailable(
                f"None of the {len(example_inputs)} example inputs is a list of arguments in {text_format}, as the "
                "problem's metadata says. Correct the examples or input_format."
            )
        try:
            found = variation.varied(examples, text_format, MAX_INPUTS, SEED)
        except _UNREADABLE as error:
            raise GeneratorUnavailable(f"The example inputs cannot be varied: {type(error).__name__}.") from error
        if not found:
            raise GeneratorUnavailable(
                "The example inputs have no number, text or list that could be varied. Add an example that has one."
            )
        return _written(title, examples, text_format)


def _is_readable(text: str, text_format: str) -> bool:
    if text_format == "text":
        return True
    try:
        return isinstance(case_text.decode(text, "json" if text_format == "json" else "python"), list)
    except _UNREADABLE:
        return False


def _written(title: str, examples: list[str], text_format: str) -> str:
    listed = "".join(f"    {one!a},\n" for one in examples)
    return (
        f"# Test inputs for {title!a}, varied from its examples.\n"
        f"{inspect.getsource(variation).rstrip()}\n\n\n"
        f"EXAMPLES = [\n{listed}]\n"
        f"print(json.dumps(varied(EXAMPLES, {text_format!r}, limit={MAX_INPUTS}, seed={SEED})))\n"
    )
