"""What can be wrong with what is asked of experiments; each message says what to do."""


class ExperimentsError(ValueError):
    """Whatever this app refuses. Nothing was written."""


class NotThereError(ExperimentsError):
    """There is no such experiment, flag or override."""


class AlreadyThereError(ExperimentsError):
    """There is one of this name already."""


class VariationsRefusedError(ExperimentsError):
    """Variations that nobody could be assigned to."""


class RulesRefusedError(ExperimentsError):
    """Rules of a flag that cannot be evaluated; the message begins with the place in them."""


class TransitionRefusedError(ExperimentsError):
    """A change of status that there is not."""


class ChangedMeanwhileError(ExperimentsError):
    """Others changed it each time that this change was tried. Trying again later is safe."""
