"""What a method brings to a report: one sentence on what it does, and the papers that it rests on."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reference:
    """A paper.

    Arguments:
        key: by which it is cited.
        authors: with initials.
        title: of the paper.
        published: journal or conference with the year.
        arxiv: number of the preprint; empty where there is none.

    Example:
        >>> Reference("noether", "E. Noether", "Invariante Variationsprobleme", "Nachr. Göttingen (1918) 235").text
        'E. Noether, Invariante Variationsprobleme, Nachr. Göttingen (1918) 235'
    """

    key: str
    authors: str
    title: str
    published: str
    arxiv: str = ""

    @property
    def text(self) -> str:
        """The reference on one line."""
        return f"{self.authors}, {self.title}, {self.published}{self.preprint}"

    @property
    def preprint(self) -> str:
        """The preprint, with a comma before it; empty where there is none."""
        return f", arXiv:{self.arxiv}" if self.arxiv else ""


@dataclass(frozen=True)
class Explanation:
    """What a method did, for the reader of a report.

    Arguments:
        sentence: one or two whole sentences; empty where a method says nothing.
        references: the papers that it rests on.

    Example:
        >>> Explanation("Zeros of a Fourier series are counted.").references
        ()
    """

    sentence: str = ""
    references: tuple[Reference, ...] = ()


def explanation_of(method: object) -> Explanation:
    """What a method says of itself by an attribute ``explanation``; a method of your own may leave it out.

    Arguments:
        method: any method object, or None.

    Returns:
        Its explanation; an empty one where it has none.

    Example:
        >>> from physym.discovery import Spectral
        >>> [reference.key for reference in explanation_of(Spectral()).references], explanation_of(None).sentence
        (['liegan', 'kleibergen'], '')
    """
    found = getattr(method, "explanation", None)
    return found if isinstance(found, Explanation) else Explanation()


YANG_2023 = Reference(
    "liegan", "J. Yang, R. Walters, N. Dehmamy, R. Yu", "Generative adversarial symmetry discovery", "ICML (2023)", "2302.00236"
)
KLEIBERGEN_2006 = Reference(
    "kleibergen",
    "F. Kleibergen, R. Paap",
    "Generalized reduced rank tests using the singular value decomposition",
    "J. Econometrics 133 (2006) 97",
)
MOSKALEV_2022 = Reference(
    "liegg",
    "A. Moskalev, A. Sepliarskaia, I. Sosnovik, A. Smeulders",
    "LieGG: Studying learned Lie group generators",
    "NeurIPS (2022)",
    "2210.04345",
)
CHERNOZHUKOV_2018 = Reference(
    "debiased",
    "V. Chernozhukov, D. Chetverikov, M. Demirer, E. Duflo, C. Hansen, W. Newey, J. Robins",
    "Double/debiased machine learning for treatment and structural parameters",
    "Econometrics J. 21 (2018) C1",
)
DEHMAMY_2021 = Reference(
    "lconv",
    "N. Dehmamy, R. Walters, Y. Liu, D. Wang, R. Yu",
    "Automatic symmetry discovery with Lie algebra convolutional network",
    "NeurIPS (2021)",
    "2109.07519",
)
KRIPPENDORF_2021 = Reference(
    "embedding",
    "S. Krippendorf, M. Syvaeri",
    "Detecting symmetries with neural networks",
    "Mach. Learn.: Sci. Technol. 2 (2021) 015010",
    "2003.13679",
)
ZHOU_2021 = Reference("msr", "A. Zhou, T. Knowles, C. Finn", "Meta-learning symmetries by reparameterization", "ICLR (2021)", "2007.02933")
DESAI_2022 = Reference(
    "symmetrygan",
    "K. Desai, B. Nachman, J. Thaler",
    "Symmetry discovery with deep learning",
    "Phys. Rev. D 105 (2022) 096031",
    "2112.05722",
)
BENTON_2020 = Reference(
    "augerino",
    "G. Benton, M. Finzi, P. Izmailov, A. G. Wilson",
    "Learning invariances in neural networks from training data",
    "NeurIPS (2020)",
    "2010.11882",
)
