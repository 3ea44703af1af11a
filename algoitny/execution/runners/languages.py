"""One name for each language, whatever people call it."""

from collections.abc import Iterable

from algoitny.execution.runners.contract import Program, UnknownLanguage

_ALIASES = {
    "c#": "csharp",
    "c++": "cpp",
    "golang": "go",
    "js": "javascript",
    "node": "javascript",
    "py": "python",
    "python3": "python",
    "ts": "typescript",
}


def canonical(language: str) -> str:
    """`Python3` and `py` are `python`, `C++` is `cpp`; a name that is not known stays as it is, in lower case."""
    name = language.strip().lower()
    return _ALIASES.get(name, name)


def choose(language: str, known: Iterable[str]) -> str:
    """Our name of the language. Raises UnknownLanguage where it is not among the known ones."""
    name, known = canonical(language), sorted(known)
    if name not in known:
        raise UnknownLanguage(f"The language {language!r} cannot be run here. Known: {', '.join(known) or 'none'}.")
    return name


def choose_for(program: Program, known: Iterable[str]) -> str:
    """As `choose`; a function is called in Python only, as we have a driver for that alone."""
    if not program.metadata.get("entry_point"):
        return choose(program.language, known)
    if canonical(program.language) != "python":
        raise UnknownLanguage(
            f"The language {program.language!r} cannot be run here: this problem calls the function "
            f"{program.metadata['entry_point']}. Known for such problems: python."
        )
    return choose("python", known)
