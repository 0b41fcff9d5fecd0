"""How a run went, as sentences."""

from __future__ import annotations

from enum import Enum


class Status(Enum):
    """How a run went, in the sentence that a user reads and that names the cure.

    Example:
        >>> Status.FOUND.value
        'A symmetry was found and its dimension is clear.'
    """

    FOUND = "A symmetry was found and its dimension is clear."
    NO_SYMMETRY = "No continuous symmetry was found at the tested degree."
    NO_CONSTRAINT = (
        "No polynomial of the tested degree vanishes on the data, so every linear map preserves their support and this level says "
        "nothing. Test the conditional or measure level, or raise the degree."
    )
    DEGENERATE = (
        "The data span only a part of the space, so a generator is not determined off their span. "
        "Give data with more varied directions, or coordinates on the span."
    )
    NO_CLEAR_GAP = (
        "The number of generators is not clear: no gap in the spectrum separates them from the noise. Use more data, "
        "or state the noise with Spectral(noise=…)."
    )
    NOT_CERTIFIED = (
        "The generators are not rejected, but a defect as large as that of a random matrix is not ruled out either. "
        "Use more data before you rely on them."
    )
    NOT_CLOSED = (
        "The directions that the data do not reject do not close under the bracket; the largest closed subset is reported. "
        "Use more data to resolve the remaining directions."
    )
    COLLAPSED = (
        "A generator shrank towards the identity, which preserves everything and means nothing. Keep its length fixed "
        "(constraint='orthonormal' or 'unit'), or draw larger coefficients."
    )
    REDUNDANT = (
        "Several generators are nearly the same, or more of them were asked for than the data have symmetries. Use fewer generators, or "
        "keep them apart with constraint='orthonormal'."
    )
    SEEDS_DISAGREE = (
        "The runs of different seeds ended in different places, so the mean is not to be relied on. Train longer, use more starts, or take "
        "the algebra of Spectral()."
    )
    STEP = (
        "A discrete step was found by training, and no calibrated test applies to it. Ask discover_discrete for the group, with a test of "
        "every element."
    )
    STEP_REFUTED = (
        "Held-out rows that were moved by the step are told from real ones in every run, so it is no symmetry. Look for other lengths "
        "(StepSearch), train longer, or ask discover_discrete."
    )
    INTERRUPTED = "The run was interrupted, and what it had found by then is reported. Run it again with the same checkpoint to go on."
    NOT_CONFIRMED = (
        "The calibrated test rejects the generators that the network proposed. Use fewer generators, more data or longer training, "
        "or take the algebra of Spectral()."
    )

    @property
    def reliable(self) -> bool:
        """Whether the generators may be relied on as far as their errors and certificates go; False: they are a proposal that failed."""
        failed = (
            Status.COLLAPSED,
            Status.REDUNDANT,
            Status.SEEDS_DISAGREE,
            Status.INTERRUPTED,
            Status.NOT_CONFIRMED,
            Status.STEP_REFUTED,
        )
        return self not in failed

    @property
    def words(self) -> str:
        """The status in a word or two, such as "not confirmed"."""
        return self.name.lower().replace("_", " ")
