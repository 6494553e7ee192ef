"""Where somebody finds help: one text for everybody, whatever they answer (docs/reference/battery.md).

Static text of the local settings. Nothing is counted, linked or logged when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping

SIGNPOST_WORDS = ("workplace", "professional", "safeguarding")
"""Fields that can be worded once more for a language: `de.workplace` is `workplace` for those who read German."""
SIGNPOST_FIELDS = ("emergency", "crisis", *SIGNPOST_WORDS)
# Shown beside these items too; besides, on the first page and at the end.
SIGNPOST_ITEMS = frozenset({"bo1", "gad_1", "gad_2", "phq_1", "phq_2", "cf1", "cf2", "vt1", "vt2", "sub1", "cbi_p4"})

# A number such as 112 may be right, so it counts as filled in; words of a template or an example never do.
_EXAMPLES = frozenset({
    "", "-", "?", "...", "…", "x", "xxx", "tbd", "todo", "n/a", "none", "example", "beispiel", "ejemplo",
    "emergency number", "crisis line", "crisis line, 24 h", "occupational health",
    "occupational health / employee assistance", "practitioner health programme or professional body",
    "your doctor", "safeguarding contact", *SIGNPOST_FIELDS,
})  # fmt: skip
_ZEROS = "000000"
"""A number like 0800 000 000 was copied from somewhere: nobody answers there."""
_TEMPLATES: Mapping[str, str] = {
    "en": (
        "Nobody reads single answers, and nobody can reply to them. If you are in danger or thinking of ending your "
        "life, call {emergency} or {crisis}. To talk with someone at work in confidence: {workplace}. Outside your "
        "employer: {professional}, your doctor. If a client or colleague is at risk, use {safeguarding}, "
        "not this survey."
    ),
    "de": (
        "Niemand liest einzelne Antworten, und niemand kann darauf antworten. Wenn Sie in Gefahr sind oder daran "
        "denken, sich das Leben zu nehmen, rufen Sie an: {emergency} oder {crisis}. Vertraulich mit jemandem bei der "
        "Arbeit sprechen: {workplace}. Außerhalb Ihres Arbeitgebers: {professional}, Ihre Ärztin oder Ihr Arzt. Wenn "
        "jemand aus Ihrer Klientel oder Ihrem Kollegium gefährdet ist, wenden Sie sich an {safeguarding}, "
        "nicht an diese Umfrage."
    ),
    "es": (
        "Nadie lee respuestas sueltas y nadie puede contestarlas. Si está en peligro o piensa en quitarse la vida, "
        "llame al {emergency} o a {crisis}. Para hablar con alguien del trabajo en confianza: {workplace}. Fuera de "
        "su empresa: {professional}, su médico o médica. Si una persona a la que atiende o alguien de su equipo corre "
        "peligro, acuda a {safeguarding}, no a esta encuesta."
    ),
}
SIGNPOST_LANGUAGES = tuple(_TEMPLATES)


class SignpostError(Exception):
    """The signpost is not filled in. `missing`: the fields that are empty or still an example."""

    def __init__(self, missing: tuple[str, ...]) -> None:
        self.missing = missing
        super().__init__(
            f"[survey] signpost: {', '.join(missing)} empty or still an example. Write whom people can really "
            "reach; no survey is exported or served before (quorum.toml)."
        )

    def __reduce__(self) -> tuple[type[SignpostError], tuple[tuple[str, ...]]]:
        return type(self), (self.missing,)


def missing_fields(signpost: Mapping[str, str]) -> tuple[str, ...]:
    """Fields that are empty, or hold words of the template or of the example settings."""
    own = sorted(set(signpost).difference(SIGNPOST_FIELDS))
    return tuple(name for name in (*SIGNPOST_FIELDS, *own) if _is_example(signpost.get(name, "")))


def _is_example(text: str) -> bool:
    plain = text.strip().strip("<>{}[]()\"'“”„").strip().casefold()
    digits = "".join(filter(str.isdigit, plain))
    return plain in _EXAMPLES or _ZEROS in digits or plain.startswith(("example ", "beispiel ", "ejemplo "))


def require_signpost(signpost: Mapping[str, str]) -> None:
    """Raises SignpostError while any field is empty or still an example."""
    missing = missing_fields(signpost)
    if missing:
        raise SignpostError(missing)


def signpost_text(signpost: Mapping[str, str], language: str) -> str:
    """The text in English, German or Spanish (also `de-AT`, `es-US`); English for any other language.

    Raises SignpostError as `require_signpost` does: half a signpost is shown nowhere.
    """
    require_signpost(signpost)
    spoken = language.partition("-")[0]
    template = _TEMPLATES.get(spoken, _TEMPLATES["en"])
    words = {name: signpost.get(f"{spoken}.{name}", signpost[name]) for name in SIGNPOST_FIELDS}
    return template.format_map({name: text.strip().rstrip(".") for name, text in words.items()})
