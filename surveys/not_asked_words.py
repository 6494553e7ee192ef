"""Wording that instrument files must not hold: one rule after the other, with why, and what to ask instead.

Patterns are regular expressions over plain text: small letters without accents (ä is a, ñ is n, ß is ss).
English, German and Spanish patterns are tried on texts of every language. No file can switch a rule off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """Wording that is refused. `why` follows "must not be asked:"; `instead` is a sentence of advice."""

    id: str
    why: str
    instead: str
    pattern: re.Pattern[str]


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{part})" for part in parts))


_SELF_HARM = Rule(
    "self_harm",
    "a positive answer obliges an offer of help, which nobody can make to somebody unknown",
    "Leave the item out, as the PHQ-8 does; the signpost reaches everybody. The rule cannot be switched off.",
    _any(
        r"suicid|self[- ]?harm|self[- ]?injur|better off dead|\boverdos",
        r"\b(?:hurt|harm|kill|injur)(?:e|ing|ed)? (?:your|my|them|one|him|her)sel(?:f|ves)",
        r"\bcut(?:ting)? (?:your|my)self(?! (?:off|short|some))",
        r"\b(?:end|ending|ended|tak(?:e|ing)|took) (?:your|my|their|one's) own life",
        r"\bend(?:ing)? (?:your|my) life\b",
        r"wish(?:ed|ing)? (?:that )?(?:i|you) (?:was|were) dead",
        r"\b(?:want|wish|wanted|wished) to (?:die|be dead)\b",
        r"not worth living|no reason to live|\bnot (?:want to |wanting to )(?:live|be alive)",
        r"thoughts? of (?:death|dying)",
        r"suizid|selbstmord|selbsttotung|selbstverletz|selbstschadig|lebensmude|lieber tot|\bware tot",
        r"\btot war",
        r"\b(?:leid|etwas) (?:an(?:zu)?tun|zufug|zuzufug)",
        r"sich (?:selbst )?(?:verletz|umbring|umzubring|tot|schad)",
        r"\bmich (?:selbst )?(?:verletz|umbring|umzubring|tot)|das leben (?:zu )?nehmen|nicht mehr leben",
        r"\bsterben woll",
        r"mejor muert|estar muert|quitar(?:se|me) la vida|\bmatar(?:se|me)\b|autolesi|lastimar(?:se|me)",
        r"hacer(?:se|me) dano|herir(?:se|me)|(?:querer|ganas de|deseos? de|quiero|queria) morir",
        r"acabar con (?:su|mi|tu) vida",
        r"no vale la pena vivir|no (?:querer|quiero|queria) (?:seguir )?viv",
    ),
)
_CONTACT = Rule(
    "identifies",
    "the answer identifies the person",
    "Leave it out. Which team an answer counts in comes from the link or the list, not from a question.",
    _any(
        r"\b(?:your|full|first|last|family) name\b|\bihr(?:en)? (?:vor|nach|familien)?name",
        r"\b(?:vor|nach|familien)name\b",
        r"\b(?:su|tu) (?:nombre|apellido)|\bapellidos?\b|wie heissen sie|como se llama usted",
        r"\byour e-?mail|e-?mail[- ]adres|e-?mail address|\bihre e-?mail|\bsu (?:correo|e-?mail)",
        r"correo electronico\?",
        r"\b(?:phone|telephone|mobile) number|telefonnummer|numero de telefono",
        r"\b(?:staff|employee|personnel|badge) (?:number|id)\b|personalnummer|numero de emplead",
        r"\b(?:post ?code|zip ?code|postal code|home address)\b|postleitzahl|\bihre adresse|codigo postal",
        r"\bsu direccion",
        r"\b(?:your|what is the) (?:job title|profession|occupation|team|ward|unit|department)\b",
        r"\b(?:in )?(?:which|what) (?:team|ward|unit|department|profession|role) (?:do|are) you",
        r"\bin welche[mnr] (?:team|abteilung|station|beruf)",
        r"\ben que (?:equipo|unidad|servicio|departamento) trabaja",
    ),
)
_DEMOGRAPHIC = Rule(
    "demographic",
    "in a small team it identifies the person",
    "Leave it out, or use the one breakdown of quorum.toml, which is shown from department up.",
    _any(
        r"\b(?:date|year|month) of birth|birth ?da(?:te|y)|when were you born|year were you born",
        r"how old are you|\byour age\b|\bage (?:group|band|range|in years)\b|^age\b",
        r"geburts(?:datum|tag|jahr)|wie alt sind sie|\bihr alter\b|altersgruppe|fecha de nacimiento",
        r"ano de nacimiento",
        r"(?:que|cual es su) edad|\bsu edad\b|grupo de edad|cuantos anos tiene",
        r"\b(?:your|what|which) (?:sex|gender)\b|gender identity|^(?:sex|gender)\b",
        r"are you (?:a )?(?:man|woman|male|female)\b",
        r"\bi am (?:a )?(?:man|woman|male|female)\b|^(?:fe)?male$|^(?:wo)?man$",
        r"^(?:mannlich|weiblich|divers|hombre|mujer)$",
        r"^(?:masculino|femenino|non-?binary|nicht-?binar|no binari[oa])$|\b(?:ihr|welches) geschlecht",
        r"geschlechtsidentitat",
        r"\b(?:su|cual es el) (?:sexo|genero)\b|identidad de genero|sexual orientation|sexuelle orientierung",
        r"orientacion sexual",
        r"\b(?:your|what|which) (?:ethnic|race\b|nationality|religion|mother tongue)|\bethnicity\b",
        r"country were you born",
        r"\bihre (?:ethnisch|herkunft|nationalitat|staatsangehorigkeit|religion|muttersprache)",
        r"staatsangehorigkeit",
        r"\bsu (?:etnia|origen etnico|raza|nacionalidad|religion|lengua materna)|\betnia\b",
        r"marital status|are you married|do you have children|familienstand|haben sie kinder|estado civil",
        r"tiene (?:usted )?hijos",
        r"(?:years|months|long|when).{0,30}\byou.{0,20}(?:work(?:ed|ing)? (?:here|for|in|at|as)"
        r"|been (?:employed|in this)|join|start)",
        r"length of service|years of (?:service|experience)|\btenure\b|dienstjahre|berufsjahre",
        r"betriebszugehorigkeit",
        r"wie (?:lange|viele jahre) (?:arbeiten|sind) sie|seit wann (?:arbeiten|sind) sie|antiguedad en",
        r"(?:cuantos anos|cuanto tiempo|desde cuando) (?:lleva|trabaja|hace que)",
        r"anos de (?:servicio|experiencia)",
    ),
)
_HEALTH = Rule(
    "own_health",
    "diagnosis, medication, treatment, pregnancy, disability, sick leave and own history belong to the person",
    'Ask access instead of use, as `ther1` does: "If I wanted it, I could really get it."',
    _any(
        r"\b(?:have|has|were|been|you|i|am|your|my)\b.{0,25}\bdiagnos",
        r"(?:bei ihnen|wurde|haben sie|ihre).{0,40}diagnos",
        r"(?:le han|me han|ha recibido|tiene|su).{0,25}diagnos",
        r"\b(?:do|are|did|have) you.{0,20}\b(?:take|taking|taken|took|prescribed).{0,25}(?:medic|antidepress"
        r"|tablet|pills?\b)",
        r"\bi (?:take|took|am taking|am on|was prescribed).{0,25}(?:medic|antidepress|tablet|pills?\b)",
        r"\byour medication",
        r"\bnehm(?:e|en) (?:sie|ich).{0,30}(?:medikament|antidepress|tablette)|verschrieben",
        r"medikamente? ein(?:nehm|genomm)",
        r"medikamente?.{0,20}\beinnehm|\b(?:toma|tomo|ha tomado) .{0,30}(?:medica|antidepres|pastilla)",
        r"su medicacion",
        r"\b(?:are|were|have) you.{0,20}pregnan|\bi (?:am|was|have been) pregnan|\byour pregnan",
        r"(?:sind|waren) sie.{0,15}schwanger|ich (?:bin|war) schwanger|ihre schwanger",
        r"\besta(?: usted)? embaraz|\bestoy embaraz",
        r"\b(?:have|do you|you have|i have|are you|i am|your|my) (?:an? |any |a severe )?disab",
        r"(?:haben|sind) sie.{0,25}(?:behinder)|ihre behinder|schwerbehinder",
        r"(?:tiene|tengo|su).{0,20}discapacidad",
        r"\b(?:you|i|your|my)\b.{0,40}(?:sick leave|sick days|off sick|days sick|sickness absence|absent due to)",
        r"(?:sie|ich|ihre?|sich).{0,40}(?:krankgeschrieben|krankschreib|krankheitstag|krank gemeldet)",
        r"krankheitstage",
        r"(?:usted|ha estado|estuve|he estado|su).{0,25}(?:baja (?:medica|laboral)|baja por|incapacidad laboral)",
        r"dias de baja",
        r"\b(?:are|were|have) you.{0,25}(?:in|had|having|received?|receiving|seen|seeing) .{0,15}(?:therap"
        r"|psychotherap|counsel|psychiatr)",
        r"\b(?:do|did) you (?:see|have|attend|get) .{0,20}(?:therap|counsel|psychiatr)",
        r"\bi (?:see|attend|am in|have had) .{0,20}(?:therap|counsel|psychiatr)",
        r"(?:sind|waren|machen|nehmen) sie.{0,30}(?:therapie|therapeut|psychiatr)",
        r"ich (?:bin|war|mache) .{0,20}therapie",
        r"(?:va|esta|ha ido|ha estado|acude|hace|recibe) (?:usted )?(?:a|en|al)? ?(?:terapia|psicoterapia"
        r"|psiquiatra|psicolog)",
        r"\b(?:have|did) you.{0,15}(?:experience|suffer|surviv|been through).{0,25}traum",
        r"\b(?:your|my) own trauma|childhood (?:abuse|trauma)",
        r"(?:haben|hatten) sie.{0,40}trauma|eigenes? trauma|ha (?:sufrido|vivido).{0,25}trauma",
        r"su propio trauma",
    ),
)
_VIOLENCE = Rule(
    "harm_to_others",
    "urges to harm, violence, abuse and misconduct have to be reported, and nobody can follow up here",
    "Point to the safeguarding contact of the signpost. Ask about the workplace, such as knowing whom to turn to.",
    _any(
        r"\b(?:hurt|harm|hit|hitt|kill|attack|strik|strike|shout at|shak|shake)(?:ing|ed)? (?:a |an |the |my "
        r"|your |any )?(?:client|patient|colleague|someone|somebody|others?\b|people|anyone)",
        r"\burges? to (?:hurt|harm|hit|attack|kill)|thoughts? (?:of|about) (?:hurting|harming|killing)",
        r"\b(?:have|has|were|was|been|did)\b.{0,25}\b(?:assaulted|attacked|abused|harassed|bullied|threatened"
        r"|raped|molested)",
        r"(?:experienc|suffer|witness|expos|commit).{0,30}\b(?:violence|abuse|assault|harass|bullying)",
        r"\bsubject(?:ed)? to .{0,20}\b(?:violence|abuse|assault)",
        r"\bsexual (?:relations?|relationships?|contact|intercourse) with|\bsex with",
        r"romantic relationship with a (?:client|patient)",
        r"(?:money|loans?|gifts?) (?:from|to) (?:a |my |your )?(?:client|patient)|falsif",
        r"\b(?:stole|stolen|fraud|embezzl)",
        r"(?:drang|impuls|gedanken).{0,40}(?:verletzen|schlagen|wehtun|weh zu tun|anzugreifen)",
        r"gewalt (?:erlebt|erfahren|ausgeubt|angetan)",
        r"(?:wurden|sind|worden).{0,40}(?:belastigt|gemobbt|angegriffen|bedroht|missbraucht)",
        r"sexuelle (?:beziehung|kontakte)",
        r"(?:impulso|ganas|pensamientos?) (?:de|a) (?:hacer dano|golpear|herir|pegar|matar) a",
        r"(?:ha sufrido|sufrio|ha vivido|fue|ha sido|victima de).{0,30}(?:violencia|acos|abus|agre[ds]|amenaz)",
        r"relaciones sexuales",
    ),
)
_DRUGS = Rule(
    "drugs_and_amounts",
    "illicit drugs and amounts of drink can cost a job, and their cut-offs need the sex of the person",
    "Ask about coping, as `sub1` does, without naming drugs or amounts.",
    _any(
        r"\b(?:illicit|illegal|recreational|street|hard) drugs?\b",
        r"\b(?:use|used|using|take|took|taken) (?:any )?drugs\b",
        r"cannabis|marijuana|marihuana|hashish|haschisch|cocaine|\bcocain|kokain|\bheroin|ecstasy|\bmdma\b",
        r"amphetamin|anfetamin",
        r"\blsd\b|ketamin|\bopium|\bopiates?\b|opioid|\bopiace|methamphet|extasis|crystal meth|fentan[iy]l",
        r"illegale drogen|drogen (?:genommen|konsumiert|nehmen)|nehmen sie drogen|drogas ilegales",
        r"(?:consum|us|tom)\w* (?:\w+ )?drogas",
        r"how many (?:standard |alcoholic )?(?:drinks|units of alcohol|glasses of (?:wine|beer))|binge",
        r"(?:or more|containing) (?:drinks|alcohol)",
        r"\b(?:drinks|units) (?:containing|of) alcohol|drink containing alcohol",
        r"drinks on (?:one|a typical|an? )",
        r"\b(?:four|five|six|[4-8]) or more (?:drinks|units|glasses)",
        r"wie viele (?:\w+ )?(?:getranke|glaser (?:wein|bier)|flaschen)|alkoholhaltige? getrank",
        r"alkoholische[sn]? getrank",
        r"cuant[oa]s (?:bebidas|copas|tragos|consumiciones|cervezas)|bebidas? alcoholic",
    ),
)
_FREE_TEXT = Rule(
    "free_text",
    "free text carries writing style and details of clients, which identify",
    "Offer options to choose from.",
    _any(
        r"please (?:specify|describe|explain|state)|in your own words|other \(?(?:specify|describe)",
        r"any (?:other )?comments",
        r"bitte (?:angeben|beschreiben|erlautern|eintragen)|in eigenen worten|sonstiges:|weitere anmerkungen",
        r"por favor,? (?:especifique|describa|explique)|\bespecifique|con sus propias palabras",
        r"otros? comentarios",
    ),
)
RULES = (_SELF_HARM, _CONTACT, _DEMOGRAPHIC, _HEALTH, _VIOLENCE, _DRUGS, _FREE_TEXT)
SCORES_A_PERSON = Rule(
    "scores_a_person",
    "figures are about groups; no result, alert or list about one person exists",
    'Write about the group: "High means more burnout."',
    _any(
        r"\byour (?:own |personal )?(?:score|result|risk|profile)|\byou (?:are|may be|might be|have|should) ",
        r"red flag|alert (?:the )?(?:manager|supervisor|steward)",
        r"refer (?:the|this) (?:person|respondent|employee)",
        # German `sie` and `ihr`, Spanish `su` also mean people in general: only what can mean nothing else is refused.
        r"\bihr personlich\w* (?:ergebnis|wert|risiko)|\bsu (?:resultado|riesgo|puntuacion) personal",
        r"\busted (?:es|tiene|esta|debe)",
    ),
)
