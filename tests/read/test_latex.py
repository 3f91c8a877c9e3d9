"""Maths in titles becomes plain text; money does not."""

import pytest

from pipeline.read.latex import readable


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Steps$^2$Go: Walking", "Steps²Go: Walking"),
        ("SL$^{2}$A-INR", "SL²A-INR"),
        ("Top-$nσ$: Not All", "Top-nσ: Not All"),
        ("$γ-$MoD", "γ-MoD"),
        (r"$\textbf{Only-IF}$:Revealing", "Only-IF:Revealing"),
        (r"$\text{Former}^2$: Itself", "Former²: Itself"),
        (r"LLM$\times$Reduce", "LLM×Reduce"),
        (r"$\pi_0$ and $\mathcal{O}(n^{10})$", "π₀ and O(n¹⁰)"),
        ("$x^k$ and $x_{ij}$", "x^k and x_ij"),
        (r"$\unheard$ of", r"\unheard of"),
        ("From $1 to $2 Million", "From $1 to $2 Million"),
        ("Earn $1 Million", "Earn $1 Million"),
        ("no maths at all", "no maths at all"),
        ("X^{2}-Steep and 2^{128} pots of x_{ij}", "X²-Steep and 2¹²⁸ pots of x_ij"),
        (r"Brewing with \textsc{Tea-Instruct} and \emph{milk}", "Brewing with Tea-Instruct and milk"),
        (r"$\nabla^2$Tea", "∇²Tea"),
        (r"90\% of R\&D in tea\_cups for \$5", "90% of R&D in tea_cups for $5"),
        (r"Schr\"odinger and Poincar\'{e} meet Erd\H{o}s", r"Schrödinger and Poincaré meet Erdős"),
        (r"an \"Aha\" moment", r"an \"Aha\" moment"),
        (r"C:\tea and \unheard{of}", r"C:\tea and \unheard{of}"),
    ],
)
def test_maths_becomes_plain_text(written: str, shown: str) -> None:
    assert readable(written) == shown
