"""The policy on two pages, to read and to sign: for staff, their representatives and data protection."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from flows.policy_promises import Promise, Section

SIGNERS = ("For the staff", "Data protection", "For the organisation")
SPECIAL = "\\#*_`$<>@~[]\"'/"
PREAMBLE = """
#set document(title: "{title}", author: (), date: none)
#set page(paper: "a4", margin: (x: 21mm, top: 18mm, bottom: 16mm), footer: context align(center,
  text(8pt, fill: luma(90))[{title} · page #counter(page).display() of 2]))
#set text(font: "Libertinus Serif", size: 10pt, lang: "en", hyphenate: false)
#set par(leading: 0.55em, justify: false)
#show heading.where(level: 1): set text(17pt)
#show heading.where(level: 2): it => block(above: 1.1em, below: 0.55em, text(11.5pt, weight: "bold", it.body))
#set enum(spacing: 0.62em, body-indent: 0.6em)
"""


def paper(title: str, fixed: str, sections: Sequence[Section]) -> bytes:
    """The PDF. Every sentence has a number; page two ends with what each rests on, and lines to sign."""
    # Loaded here: a compiled typesetter that only this needs.
    import typst

    return bytes(typst.compile(typst_source(title, fixed, sections).encode(), format="pdf", ignore_system_fonts=True))


def typst_source(title: str, fixed: str, sections: Sequence[Section]) -> str:
    """The two pages as text for the typesetter; the same input gives the same text."""
    lines = [PREAMBLE.replace("{title}", _escaped(title)), f"= {_escaped(title)}", "", _escaped(fixed), ""]
    number = 0
    for section in sections:
        lines += ["", f"== {_escaped(section.title)}", ""]
        for promise in section.promises:
            number += 1
            lines.append(f"{number}. {_escaped(promise.text)}")
    lines += ["", "== Signed", "", _signature_table(), "#pagebreak(weak: true)", "== What each sentence rests on", ""]
    lines.append(
        "Settings stand in the file quorum.toml. Tests are programs that try the sentence; whoever has Quorum can run "
        "them, and a version of Quorum in which one fails or is missing is not built."
    )
    lines += [
        "",
        "#set text(6.6pt)",
        "#set par(leading: 0.42em)",
        "#columns(2, gutter: 6mm)[",
        *_grounds(sections),
        "]",
    ]
    return "\n".join(lines) + "\n"


def _signature_table() -> str:
    cells = ", ".join(f"[#v(9mm) #line(length: 90%, stroke: 0.5pt) #text(8.5pt)[{who}, date]]" for who in SIGNERS)
    return f"#grid(columns: (1fr, 1fr, 1fr), {cells})"


def _grounds(sections: Sequence[Section]) -> Iterator[str]:
    promises: list[Promise] = [promise for section in sections for promise in section.promises]
    for number, promise in enumerate(promises, 1):
        # Paths may break after each part, so that long names fit on a line.
        rests = [f"setting {key}" for key in promise.settings] + list(promise.tests)
        text = "; ".join(_escaped(name).replace("\\/", "\\/\u200b").replace("\\_", "\\_\u200b") for name in rests)
        yield f"*{number}* {text}\n"


def _escaped(text: str) -> str:
    return "".join(f"\\{sign}" if sign in SPECIAL else sign for sign in text)
