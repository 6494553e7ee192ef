"""What must not be asked is refused with a reason; what only sounds like it is accepted."""

from __future__ import annotations

import pytest

from surveys.file_error import InstrumentFileError
from surveys.instrument import (
    AnswerOption,
    CodedAnswer,
    Direction,
    Instrument,
    Item,
    Measure,
    NumericAnswer,
    ScoreMethod,
    Tier,
)
from surveys.load import load_catalogue, parse_instrument
from surveys.not_asked import MAX_NUMERIC_RANGE, MAX_OPTIONS, refuse_not_asked
from surveys.not_asked_words import RULES

WHERE = "instruments/own.yaml"
SCALE = CodedAnswer(tuple(AnswerOption(code, {"en": f"Option {code}"}) for code in range(5)))

REFUSED: dict[str, list[str]] = {
    "self_harm": [
        "Thoughts that you would be better off dead, or of hurting yourself in some way",
        "Gedanken, dass Sie lieber tot wären oder sich Leid zufügen möchten",
        "Pensamientos de que estaría mejor muerto(a) o de lastimarse de alguna manera",
        "I have thought about suicide.",
        "Ich habe an Selbstmord gedacht.",
        "Ich hatte Suizidgedanken.",
        "He pensado en quitarme la vida.",
        "I wished I were dead.",
        "I felt that life was not worth living.",
        "Haben Sie daran gedacht, sich etwas anzutun?",
        "I have self\u2011harmed.".replace("\u2011", "-"),
        "Sui\u00adcidal thoughts",
    ],
    "identifies": [
        "What is your name?",
        "Your e-mail address",
        "Wie ist Ihr Nachname?",
        "¿Cuál es su nombre?",
        "Staff number",
        "Which team do you work in?",
        "Please give your postcode.",
        "What is your profession? Your job title",
    ],
    "demographic": [
        "What is your date of birth?",
        "How old are you?",
        "Wie alt sind Sie?",
        "¿Qué edad tiene?",
        "What is your gender?",
        "Welches Geschlecht haben Sie?",
        "¿Cuál es su sexo?",
        "Your ethnic group",
        "How many years have you worked here?",
        "Wie lange arbeiten Sie hier?",
        "¿Cuántos años lleva en este servicio?",
    ],
    "own_health": [
        "Have you ever been diagnosed with depression?",
        "Do you take medication for your mood?",
        "Nehmen Sie regelmäßig Medikamente?",
        "¿Toma usted medicamentos?",
        "Are you pregnant?",
        "Sind Sie schwanger?",
        "¿Está usted embarazada?",
        "Do you have a disability?",
        "How many days of sick leave did you take? How many days were you off sick?",
        "Waren Sie krankgeschrieben?",
        "¿Ha estado usted de baja médica?",
        "Are you in psychotherapy?",
        "Machen Sie gerade eine Psychotherapie?",
        "¿Va a terapia?",
        "Have you experienced trauma yourself?",
    ],
    "harm_to_others": [
        "I had the urge to hurt someone.",
        "I felt like hitting a client.",
        "Have you been bullied at work?",
        "Wurden Sie bei der Arbeit gemobbt?",
        "¿Ha sufrido acoso en el trabajo?",
        "I witnessed abuse on my ward.",
        "I had sexual contact with a client.",
        "A colleague falsified records.",
    ],
    "drugs_and_amounts": [
        "Did you use cannabis?",
        "Haben Sie Kokain genommen?",
        "¿Ha consumido drogas?",
        "How often do you have a drink containing alcohol?",
        "How many standard drinks do you have on a typical day?",
        "How often did you have five or more drinks?",
        "Wie viele alkoholische Getränke trinken Sie am Tag?",
        "¿Cuántas copas toma al día?",
    ],
    "free_text": [
        "Please describe what happened.",
        "Bitte beschreiben Sie Ihre Lage; in eigenen Worten",
        "Por favor, especifique.",
        "Any other comments",
    ],
}
ACCEPTED = [
    "Deadlines leave me dead tired.",
    "I cut myself off from colleagues.",
    "My work takes over my life.",
    "By the end of the day I have no patience left.",
    "I can name what helps me.",
    "I read work e-mails in my free time.",
    "I work with clients of all ages.",
    "People are treated fairly here whatever their gender.",
    "Diagnosing clients takes more time than there is.",
    "Working with people with disabilities is well supported here.",
    "When colleagues are off sick, their work is shared fairly.",
    "If I wanted personal therapy, I could really get it.",
    "Wenn ich Psychotherapie wollte, könnte ich sie bekommen.",
    "I know whom to turn to when a client becomes violent.",
    "Ich fühle mich vor Gewalt geschützt.",
    "Bullying is a problem here, and I am subject to it.",
    "Here people are subject to harassment.",
    "I have been affected by the traumatic stress of the people I help.",
    "How often have you felt unable to control the important things?",
    "Haben Sie Zugang zu Psychotherapie?",
    "Clients often talk to me about their trauma.",
    "How often did you use alcohol, medicines or other substances to cope with strain from work?",
    "Often I think: I can't take it anymore.",
    "I have enough time to drink a glass of water.",
    "I am sometimes exhausted at the thought of another day.",
    "In the last years my work has become harder.",
]


def instrument(text: str = "Question", answer: CodedAnswer | NumericAnswer = SCALE, **measure: object) -> Instrument:
    item = Item("own1", {"en": text}, {"en": "ours"}, answer)
    facts: dict[str, object] = {"name": {"en": "Own"}, "explains": None} | measure
    own = Measure(
        "own1", items=("own1",), method=ScoreMethod.MEAN, min_answered=1, construct="own", tier=Tier.SENSITIVE,
        direction=Direction.WORSE, display_min=0, display_max=4, **facts,  # type: ignore[arg-type]
    )  # fmt: skip
    return Instrument("own", 1, "Own", "", "A", "", "", False, False, False, None, (item,), (own,), "", True)


def refusal(found: Instrument) -> InstrumentFileError:
    with pytest.raises(InstrumentFileError) as caught:
        refuse_not_asked(found, WHERE)
    return caught.value


@pytest.mark.parametrize(("rule_id", "text"), [(rule, text) for rule, texts in REFUSED.items() for text in texts])
def test_wording_that_must_not_be_asked_is_refused_with_why_and_what_instead(rule_id: str, text: str) -> None:
    rule = next(rule for rule in RULES if rule.id == rule_id)
    error = refusal(instrument(text))
    assert (error.key_path, error.problem, error.advice) == (
        "items.0.text.en",
        f"this must not be asked: {rule.why}",
        rule.instead,
    )


def test_every_rule_has_an_example() -> None:
    assert set(REFUSED) == {rule.id for rule in RULES}


@pytest.mark.parametrize("text", ACCEPTED)
def test_wording_that_only_sounds_like_it_is_accepted(text: str) -> None:
    refuse_not_asked(instrument(text), WHERE)


def test_an_answer_option_is_read_like_a_question() -> None:
    options = (AnswerOption(0, {"en": "No"}), AnswerOption(1, {"de": "Ja, Suizidgedanken"}))
    assert refusal(instrument(answer=CodedAnswer(options))).key_path == "items.0.answer.options.1.label.de"


def test_the_label_of_not_applicable_is_read_too() -> None:
    answer = CodedAnswer(SCALE.options, {"en": "I am pregnant"})
    assert refusal(instrument(answer=answer)).key_path == "items.0.answer.not_applicable.en"


def test_a_number_of_any_width_would_be_a_personal_number() -> None:
    refuse_not_asked(instrument(answer=NumericAnswer(0, MAX_NUMERIC_RANGE)), WHERE)
    assert refusal(instrument(answer=NumericAnswer(0, MAX_NUMERIC_RANGE + 1))).key_path == "items.0.answer.max"


def test_a_long_list_of_options_is_refused() -> None:
    options = tuple(AnswerOption(code, {"en": f"Option {code}"}) for code in range(MAX_OPTIONS + 1))
    assert refusal(instrument(answer=CodedAnswer(options))).key_path == "items.0.answer.options"


@pytest.mark.parametrize("text", ["Your score tells your risk.", "Your result: you may be depressed."])
def test_a_text_that_scores_a_person_is_refused(text: str) -> None:
    assert "about groups" in refusal(instrument(explains={"en": text})).problem


@pytest.mark.parametrize(
    "text", ["High means more people feel so.", "Hoch heißt, dass mehr Menschen sagen, sie haben Zeit."]
)
def test_a_text_about_a_group_is_accepted(text: str) -> None:
    refuse_not_asked(instrument(explains={"en": text}), WHERE)


def test_item_9_of_the_phq_is_refused_even_without_wording() -> None:
    found = instrument()
    bare = Item("phq_9", {}, {}, SCALE)
    renamed = Instrument("own", 1, "Own", "", "B", "", "", False, False, False, None, (bare,), found.measures, "", True)
    assert refusal(renamed).key_path == "items.0.id"


def file_with(answer: str, text: str = "Question") -> str:
    return f"""
id: own
version: 1
name: Own
licence_tier: A
wording_shipped: false
validated: false
verified: false
items:
  - {{ id: own1, text: {{ en: "{text}" }}, text_status: {{ en: ours }}, answer: {answer} }}
measures:
  - id: own1
    items: [own1]
    score: {{ method: mean, min_answered: 1 }}
    construct: own
    direction: higher_is_worse
    display: {{ min: 0, max: 4 }}
"""


@pytest.mark.parametrize("kind", ["text", "free_text", "comment"])
def test_a_free_text_answer_is_refused_with_the_reason(kind: str) -> None:
    with pytest.raises(InstrumentFileError, match="writing style"):
        parse_instrument(file_with(f"{{ kind: {kind} }}"), WHERE, is_own=True)


@pytest.mark.parametrize("is_own", [True, False])
def test_the_lint_runs_when_a_file_is_read(is_own: bool) -> None:
    text = file_with("{ kind: numeric, min: 0, max: 4 }", "I wished I were dead.")
    if not is_own:
        more = 'citation: "-"\nlicence: "-"\nlicence_evidence: "-"\nattribution: "-"\nrecall_days: null\nitems:'
        text = text.replace("items:", more, 1).replace("wording_shipped: false", "wording_shipped: true")
        text = text.replace("construct: own", "construct: sleep\n    tier: work")
    with pytest.raises(InstrumentFileError, match="must not be asked"):
        parse_instrument(text, WHERE, is_own)


def test_all_shipped_files_may_be_asked() -> None:
    for shipped in load_catalogue().instruments:
        refuse_not_asked(shipped, shipped.id)
