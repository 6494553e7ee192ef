"""What the pages say: templates filled from wave.json and the words of a language. Nothing else is read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from surveys.ballot_code import grouped
from surveys.instrument import NOT_APPLICABLE, PREFER_NOT_TO_SAY
from surveys.page.words import Words, words_of
from surveys.wave_manifest import AskedItem, BallotUnit, ShownGroup, WaveManifest, fingerprint

_PLACE = "QUORUMCODEPLACE0"
_DIGITS = re.compile(r"\+?[0-9][0-9 ()/.-]{1,}")
_WHOLE_NUMBER = 7
"""So many digits has a number that is dialled from outside."""


def phone(text: str) -> Markup:
    """Words with their telephone numbers as links; numbers read from left to right in any language."""
    return _linked(text, lambda digits: len(digits) >= 3)


def dialled(text: str, known: Sequence[str]) -> Markup:
    """The same for a longer text: the known numbers and those that any phone reaches, so not an extension."""
    numbers = {_dialled(found) for words in known for found in _DIGITS.findall(words)}
    return _linked(text, lambda digits: len(digits) >= _WHOLE_NUMBER or digits in numbers)


def _linked(text: str, is_number: Callable[[str], bool]) -> Markup:
    parts, end = [], 0
    for found in _DIGITS.finditer(text):
        number = found.group().rstrip(" ./-(")
        if not is_number(_dialled(number).lstrip("+")):
            continue
        parts += [escape(text[end : found.start()])]
        parts += [Markup('<a href="tel:{}"><bdi dir="ltr">{}</bdi></a>').format(_dialled(number), number)]
        end = found.start() + len(number)
    return Markup("").join([*parts, escape(text[end:])])


def _dialled(number: str) -> str:
    return re.sub(r"[^0-9+]", "", number)


@dataclass(frozen=True)
class Pages:
    """All pages of one wave. `kiosk`: a shared device where codes are typed."""

    manifest: WaveManifest
    kiosk: bool = False

    @cached_property
    def _templates(self) -> Environment:
        made = Environment(
            loader=PackageLoader("surveys.page"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        numbers = (self.manifest.crisis, self.manifest.emergency)
        made.filters.update(
            phone=phone,
            dialled=lambda text: dialled(text, numbers),
            grouped=lambda code: code if code == _PLACE else grouped(code),
        )
        return made

    @cached_property
    def _forms(self) -> dict[tuple[int, str, bool], tuple[str, ...]]:
        return {}

    @cached_property
    def fingerprint(self) -> str:
        """The eight words of the manifest."""
        return fingerprint(self.manifest.raw)

    def _fill(self, template: str, w: Words, heading: str, **parts: object) -> str:
        names = {"problem": "", "languages": [], "kiosk": self.kiosk, "is_start": False, **parts}
        return self._templates.get_template(template).render(w=w, m=self.manifest, heading=heading, **names)

    def form(self, unit_no: int, code: str, language: str, *, has_languages: bool) -> str:
        """The empty form of a unit. The same bytes for every code of the unit, but for the code."""
        key = (unit_no, language, has_languages)
        if key not in self._forms:
            text = self._form(unit_no, _PLACE, language, {}, has_languages=has_languages)
            self._forms[key] = tuple(text.split(_PLACE))
        first, second, *rest = self._forms[key]
        return code.join([first, second]) + "".join(grouped(code) + part for part in rest)

    def form_again(
        self,
        unit_no: int,
        code: str,
        language: str,
        answers: Mapping[str, str],
        problem: str = "",
        *,
        is_blank: bool = False,
    ) -> str:
        """The form with what was chosen, and what is the matter."""
        return self._form(unit_no, code, language, answers, problem=problem, is_blank=is_blank)

    def check(self, code: str, language: str, answers: Mapping[str, str]) -> str:
        """The answers once more before they are sent, kept in the page alone."""
        w, m = words_of(language), self.manifest
        return self._fill(
            "check.html",
            w,
            w.say("check_title"),
            code=code,
            answers=answers,
            items=[_item(item, number, w) for number, item in enumerate(m.items, 1)],
        )

    def _form(
        self,
        unit_no: int,
        code: str,
        language: str,
        answers: Mapping[str, str],
        *,
        problem: str = "",
        is_blank: bool = False,
        has_languages: bool = False,
    ) -> str:
        w, m, unit = words_of(language), self.manifest, self.manifest.units[unit_no]
        return self._fill(
            "form.html",
            w,
            w.say("title"),
            code=code,
            answers=answers,
            problem=w.say(problem) if problem else "",
            is_blank=is_blank,
            languages=self._languages(language) if has_languages else [],
            is_start=True,
            who=w.say("who", organisation=m.organisation, until=w.day(m.closes_on)),
            manager=w.say("where_manager", steward=m.steward_in(language), mixer=m.mixer_in(language)),
            custody=w.say(f"custody_{m.custody}"),
            items=[_item(item, number, w) for number, item in enumerate(m.items, 1)],
            **self._groups(unit, w),
        )

    def entry(self, language: str) -> str:
        """Where a code is typed."""
        w, m = words_of(language), self.manifest
        lead = w.say("entry_lead", organisation=m.organisation, until=w.day(m.closes_on))
        return self._entry(w, w.say("entry_title"), lead=lead, languages=self._languages(language), is_start=True)

    def typing_mistake(self, language: str, answers: Mapping[str, str], *, blank: bool = False) -> str:
        """The code cannot be right; what was answered is kept."""
        w = words_of(language)
        is_sheet = bool(answers) or blank
        kept = w.say("typing_kept") if is_sheet else ""
        return self._entry(
            w,
            w.say("entry_title"),
            problem=w.say("typing_problem"),
            kept=kept,
            answers=answers,
            blank=blank,
            action="/a" if is_sheet else "/",
            button=w.say("send" if is_sheet else "entry_button"),
        )

    def not_counted(self, language: str, answers: Mapping[str, str], *, blank: bool) -> str:
        """A used ballot and one that is not ours: the same page."""
        w = words_of(language)
        return self._entry(
            w,
            w.say("not_counted_title"),
            problem=w.say("not_counted", office=self.manifest.steward_in(language)),
            kept=w.say("not_counted_kept"),
            answers=answers,
            blank=blank,
            action="/a",
            button=w.say("send"),
            is_long=True,
        )

    def _entry(self, w: Words, heading: str, **parts: object) -> str:
        usual = {"lead": "", "kept": "", "is_long": False, "answers": {}, "blank": False, "action": "/"}
        return self._fill("entry.html", w, heading, **{**usual, "button": w.say("entry_button"), **parts})

    def done(self, language: str, unit_no: int | None) -> str:
        """Thank you, and where results will appear."""
        w, m = words_of(language), self.manifest
        parts = {"organisation": m.organisation, "until": w.day(m.closes_on)}
        general = unit_no is None or not 0 <= unit_no < len(m.units)
        lines = [w.say("done"), w.say("done_close"), *([w.say("done_kiosk")] if self.kiosk else [])]
        lines.append(w.say("done_general" if general else "done_next", **parts))
        groups = {"groups": []} if general or unit_no is None else self._groups(m.units[unit_no], w)
        return self._fill("notice.html", w, w.say("done_title"), lines=lines, start=self.kiosk, **groups)

    def notice(self, language: str, kind: str, title: str = "", *, start: bool = True) -> str:
        """A page of one sentence: closed, not open, unreadable, missing, failed, foreign."""
        w, m = words_of(language), self.manifest
        line = w.say(kind, organisation=m.organisation, opens=w.day(m.opens_on))
        heading = w.say(f"{title or kind}_title")
        return self._fill("notice.html", w, heading, lines=[line], start=start, groups=[])

    def protection(self, language: str) -> str:
        """How people are protected, in five sentences, with the fingerprint and what cannot be stopped."""
        w, m = words_of(language), self.manifest
        parts = {"steward": m.steward_in(language), "mixer": m.mixer_in(language), **m.k}
        return self._fill(
            "protection.html",
            w,
            w.say("protection_title"),
            five=[w.say(f"p{number}", **parts) for number in range(1, 6)],
            cannot=[w.say(f"cannot_{number}") for number in range(1, 5)],
            custody=w.say(f"custody_{m.custody}"),
            fingerprint=self.fingerprint,
            compare=w.say("fingerprint", office=m.mixer_in(language)),
        )

    def _languages(self, language: str) -> list[Words]:
        return [words_of(each) for each in self.manifest.languages if each != language]

    def _groups(self, unit: BallotUnit, w: Words) -> dict[str, object]:
        """The list of groups of a unit, nearest first, and what happens where too few answer."""
        m = self.manifest
        shown = [m.groups[number] for number in unit.groups]
        named = [group for group in shown if group.kind != "other"]
        k = m.k["work"]
        too_few = (
            w.say("too_few", name=named[0].name, next=named[1].name, k=k)
            if len(named) > 1
            else w.say("too_few_top", name=named[0].name, k=k)
        )
        names = ", ".join(unit.pool)
        return {
            "groups": [self._group(group, w) for group in shown],
            "pool": w.say("pooled_with", names=names) if unit.pool else "",
            "too_few": too_few,
        }

    def _group(self, group: ShownGroup, w: Words) -> dict[str, str]:
        least = [
            w.say(f"least_{tier}", n=group.least_n[tier]) for tier in ("work", "sensitive") if tier in group.least_n
        ]
        if any(item.id == "sub1" for item in self.manifest.items):
            has = "guarded" in group.least_n
            least.append(w.say("least_guarded", n=group.least_n["guarded"]) if has else w.say("guarded_never"))
        name = group.name.removeprefix("Other teams in ")
        if group.kind == "other":
            return {"name": w.say("rest_of", name=name), "detail": ", ".join(least)}
        return {"name": w.say("group_line", name=name, n=group.expected_n), "detail": ", ".join(least)}


def _item(item: AskedItem, number: int, w: Words) -> dict[str, object]:
    """A question in the language of the page, or in English where nobody has translated all of it."""
    language = w.language if _is_whole(item, w.language) else "en"
    options = [
        {"value": option.code, "label": option.label[language], "is_last": False, "is_own": False}
        for option in item.options
    ]
    if item.not_applicable is not None:
        label = item.not_applicable.get(language, w.say("not_applicable"))
        options.append({"value": NOT_APPLICABLE, "label": label, "is_last": True, "is_own": False})
    options.append({"value": PREFER_NOT_TO_SAY, "label": w.say("not_said"), "is_last": True, "is_own": True})
    return {"id": item.id, "number": number, "text": item.text[language], "language": language, "options": options}


def _is_whole(item: AskedItem, language: str) -> bool:
    return language in item.text and all(language in option.label for option in item.options)


def translated_n(items: Sequence[AskedItem], language: str) -> int:
    """How many questions are worded in a language."""
    return sum(_is_whole(item, language) for item in items)
